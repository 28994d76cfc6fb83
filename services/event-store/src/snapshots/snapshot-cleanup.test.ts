import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openSnapshotting, type Snapshotting } from '../../test/support/snapshotting';
import { createSnapshotCleanup, type SnapshotCleanupDeps } from './snapshot-cleanup';

const dayMs = 86_400_000;

describe('snapshots that are more than may be kept', () => {
  const clock = createVirtualClock();
  let opened: Snapshotting;

  beforeEach(async () => {
    opened = await openSnapshotting(clock);
  });
  afterEach(() => opened.close());

  async function take(id: string, amount: number): Promise<void> {
    for (let taken = 0; taken < amount; taken += 1) {
      await opened.append(id);
      await opened.parts().takeSnapshot(id);
    }
  }

  function clean(store: SnapshotCleanupDeps['store'] = opened.store): readonly unknown[] {
    const failures: unknown[] = [];
    const onFailure = (error: unknown) => void failures.push(error);
    opened.run(createSnapshotCleanup({ store, maxSnapshots: 2, clock, intervalMs: dayMs, onFailure }));
    return failures;
  }

  const expectVersions = (versions: readonly string[]) =>
    eventually(async () => {
      expect(await opened.versions()).toEqual(versions);
    });

  it('are removed when the service starts with a lower limit, and once in every interval', async () => {
    await take('a', 4);
    await take('b', 1);
    clean();
    await expectVersions(['a 2', 'a 3', 'b 0']);

    await take('b', 3);
    await clock.advance(dayMs - 1);
    expect(await opened.versions()).toHaveLength(6);
    await clock.advance(1);

    await expectVersions(['a 2', 'a 3', 'b 2', 'b 3']);
  });

  it('are removed when the database is back that was away', async () => {
    await take('a', 3);
    let outages = 2;
    const failures = clean({
      ...opened.store,
      listSurplus: async (...range) => {
        if ((outages -= 1) >= 0) throw new AppError('unavailable', 'the database is away');
        return opened.store.listSurplus(...range);
      },
    });

    await eventually(async () => {
      await clock.advance(5_000);
      expect(await opened.versions()).toEqual(['a 1', 'a 2']);
    });
    expect(failures).toHaveLength(2);
  });
});
