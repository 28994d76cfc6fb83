import { createIdGenerator, createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import type { EventLog } from '@fanfare/storage';
import { toNewEvents } from '../../test/logged-history';
import { openSnapshotting, type Snapshotting } from '../../test/support/snapshotting';
import { workOnSnapshots } from '../../test/support/work-on-snapshots';
import { foldVersion } from '../aggregates/fold';
import { createEraseSnapshots } from './erase-snapshots';
import { createSnapshotBeforeTruncation } from './snapshot-before-truncation';
import type { SnapshotStore } from './snapshot';

const clock = createSystemClock();
const newId = createIdGenerator(clock);

describe('snapshots before a truncation', () => {
  let opened: Snapshotting;
  let log: EventLog;
  let store: SnapshotStore;
  let append: Snapshotting['append'];
  let parts: Snapshotting['parts'];
  let versions: Snapshotting['versions'];

  beforeEach(async () => {
    opened = await openSnapshotting(clock);
    ({ log, store, append, parts, versions } = opened);
  });

  afterEach(() => opened.close());

  const keepBefore = (position: number) =>
    createSnapshotBeforeTruncation({ log, store, clock, newId, loadAggregate: parts().loadAggregate })(
      position,
    );

  async function truncate(position: number): Promise<void> {
    await keepBefore(position);
    await log.truncate(position);
  }

  it('are taken of every aggregate that is cut, at its last version that goes', async () => {
    await append('a', 5);
    await append('b', 3);
    await append('a', 4);
    await append('c', 2);
    const { loadAggregate } = parts();
    const before = await Promise.all(['a', 'b', 'c'].map((id) => loadAggregate(id)));

    await keepBefore(9);
    expect(await versions()).toEqual(['a 4', 'b 2']);
    await log.truncate(9);

    expect(await Promise.all(['a', 'b', 'c'].map((id) => loadAggregate(id)))).toEqual(before);
    expect(await loadAggregate('a', { version: 4 })).toMatchObject({ state: { n: 4 } });
    await expect(loadAggregate('a', { version: 3 })).rejects.toMatchObject({ name: 'VersionTruncated' });
  });

  it('serve the next truncation, and a new fold, too', async () => {
    await append('a', 5);
    await append('a', 5);
    await append('a', 5);
    for (const position of [6, 11]) await truncate(position);
    expect(await versions()).toEqual(['a 4', 'a 9']);

    const { snapshots, takeSnapshot, loadAggregate } = parts({ foldVersion: foldVersion + 1 });
    expect(await loadAggregate('a')).toMatchObject({ version: 14, state: { n: 14 } });
    workOnSnapshots(opened, clock, { snapshots, takeSnapshot });
    await eventually(async () => {
      expect(await snapshots.listOutdated(10)).toEqual([]);
    });
    expect(await loadAggregate('a')).toMatchObject({ version: 14, state: { n: 14 } });
  });

  it('stay as long as the stream begins with them, however many newer ones there are', async () => {
    for (let commit = 0; commit < 4; commit += 1) await append('a', 5);
    const { loadAggregate, takeSnapshot } = parts({ maxSnapshots: 1 });
    await takeSnapshot('a');
    await truncate(6);
    await append('a', 1);
    await takeSnapshot('a');

    expect(await versions()).toEqual(['a 4', 'a 20']);
    expect(await loadAggregate('a', { version: 6 })).toMatchObject({ version: 6, state: { n: 6 } });

    await truncate(11);
    await append('a', 1);
    await truncate(16);
    await takeSnapshot('a');
    expect(await versions()).toEqual(['a 9', 'a 14', 'a 21']);
    expect(await loadAggregate('a', { version: 16 })).toMatchObject({ state: { n: 16 } });
  });

  it('leave nothing of an aggregate that is erased, which is known to be erased from then on', async () => {
    await append('a', 5);
    await append('b', 5);
    await append('c', 1);
    await log.erase({ subject: 'b' });
    await truncate(11);
    const { loadAggregate, takeSnapshot, snapshots } = parts();
    expect(await loadAggregate('a')).toMatchObject({ state: { n: 4 } });

    const eraseSnapshots = createEraseSnapshots({ log, store });
    expect([await eraseSnapshots('a'), await eraseSnapshots('a'), await eraseSnapshots('b')]).toEqual([
      ...[1, 0, 0],
    ]);

    for (const id of ['a', 'b']) {
      const whole = { version: 4, state: null, isActive: false, metadata: {} };
      expect(await loadAggregate(id)).toMatchObject(whole);
      expect(await loadAggregate(id, { at: clock.now() })).toMatchObject(whole);
      await append(id, 1);
      expect(await loadAggregate(id)).toMatchObject({ ...whole, version: 5 });
      await expect(loadAggregate(id, { version: 3 })).rejects.toMatchObject({ name: 'VersionTruncated' });
      expect(await takeSnapshot(id)).toBeNull();
    }
    expect(await versions()).toEqual([]);
    expect(await snapshots.countByType()).toEqual({});
    const next = parts({ foldVersion: foldVersion + 1 });
    expect(await next.snapshots.listOutdated(10)).toEqual([]);
    expect(await next.loadAggregate('a')).toMatchObject({ state: null });
  });

  it('are erased with every subject whose events they were made of', async () => {
    const stream = { id: 'order-1', type: 'order' };
    const [created, updated] = toNewEvents(stream, [
      { name: 'order.created', data: { user_id: 'u-1' } },
      { name: 'order.updated', data: { changes: { note: 'for Ada' } } },
    ]).map((event, n) => ({ ...event, subject: n === 0 ? 'order-1' : 'person-1' }));
    for (const event of [created, updated])
      if (event) await log.append({ appends: [{ stream, expected: 'any', events: [event] }] });
    await append('a', 1);
    await truncate(3);
    const eraseSnapshots = createEraseSnapshots({ log, store });
    const { loadAggregate } = parts();

    expect(await eraseSnapshots('person-2')).toBe(0);
    expect(await loadAggregate('order-1')).toMatchObject({ state: { note: 'for Ada' } });
    expect(await eraseSnapshots('person-1')).toBe(1);
    expect(await loadAggregate('order-1')).toMatchObject({ version: 1, state: null });
  });

  it('stop it when what is kept is not what the events tell', async () => {
    await append('a', 5);
    const { loadAggregate, takeSnapshot } = parts();
    const aggregate = await loadAggregate('a', { version: 2 });
    if (!aggregate) throw new Error('there is no aggregate');
    await store.save(
      { id: newId(), takenAt: clock.now(), aggregate: { ...aggregate, state: { n: 'x', m: 1 } } },
      0,
    );
    await takeSnapshot('a', 4);

    await expect(keepBefore(6)).rejects.toThrow('is not what its events tell');
  });
});
