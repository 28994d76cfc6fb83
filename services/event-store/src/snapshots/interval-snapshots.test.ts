import { AppError, createIdGenerator, createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLease } from '@fanfare/messaging';
import { openSnapshotting, type Snapshotting } from '../../test/support/snapshotting';
import { createIntervalCounters } from './interval-counters';
import { createIntervalSnapshots } from './interval-snapshots';
import type { TakeSnapshot } from './take-snapshot';

const hourMs = 3_600_000;

describe('snapshots that take themselves by time', () => {
  let clock: VirtualClock;
  let opened: Snapshotting;
  let append: Snapshotting['append'];

  beforeEach(async () => {
    clock = createVirtualClock();
    opened = await openSnapshotting(clock);
    ({ append } = opened);
  });

  afterEach(() => opened.close());

  /** Runs an instance; answers what it took, and warned of. */
  function work(change: (take: TakeSnapshot) => TakeSnapshot = (take) => take) {
    const { database, log } = opened;
    const newId = createIdGenerator(clock);
    const take = change(opened.parts().takeSnapshot);
    const seen = { taken: [] as string[], warnings: [] as string[], failures: [] as unknown[] };
    const worker = createIntervalSnapshots({
      log,
      clock,
      intervalMs: hourMs,
      counters: createIntervalCounters(database),
      lease: createLease({ database, clock, name: 'interval', owner: newId(), ttlMs: 15_000 }),
      takeSnapshot: async (id) => {
        const snapshot = await take(id);
        seen.taken.push(`${id} ${snapshot?.aggregate.version}`);
        return snapshot;
      },
      logger: { warn: (_: unknown, message?: string) => void seen.warnings.push(message ?? '') },
      onFailure: (error) => void seen.failures.push(error),
    });
    return { ...seen, end: opened.run(worker) };
  }

  const isResting = () =>
    eventually(() => {
      expect(clock.pending).toBeGreaterThan(0);
    });

  it('are of what has changed since the last time, as it is then, and of nothing else', async () => {
    await append('a', 3);
    await append('b');
    const { taken } = work();
    await isResting();
    expect(taken).toEqual(['a 2', 'b 0']);

    await append('a', 2);
    await append('c');
    await clock.advance(hourMs - 1);
    expect(taken).toHaveLength(2);
    await clock.advance(1);
    await eventually(() => {
      expect(taken.slice(2)).toEqual(['a 4', 'c 0']);
    });

    await clock.advance(hourMs);
    await isResting();
    expect(taken).toHaveLength(4);
    expect(await opened.store.countByType()).toEqual({ custom: 4 });
  });

  it('are taken once in an interval, however often the service is started and however many instances there are', async () => {
    await append('a');
    const first = work();
    await isResting();
    expect(first.taken).toEqual(['a 0']);
    await first.end();

    await append('a');
    const [second, third] = [work(), work()];
    await isResting();
    await clock.advance(hourMs - 1);
    expect([...second.taken, ...third.taken]).toEqual([]);

    await clock.advance(10_000);
    await eventually(() => {
      expect([...second.taken, ...third.taken]).toEqual(['a 1']);
    });
  });

  it('are taken by one instance, also when that takes longer than its lease lasts', async () => {
    await append('a');
    const slowly = (take: TakeSnapshot) => async (id: string) => {
      await clock.sleep(20_000);
      return take(id);
    };
    const [first, second] = [work(slowly), work(slowly)];
    await isResting();

    for (let seconds = 0; seconds < 60; seconds += 5) await clock.advance(5_000);

    expect([...first.taken, ...second.taken]).toEqual(['a 0']);
  });

  it('go on where they stopped when the database was away, and pass over what cannot be folded', async () => {
    await append('bad');
    await append('a');
    let outages = 2;
    const { taken, warnings, failures } = work((take) => async (id) => {
      if (id === 'bad') throw new RangeError('the state is nested too deeply');
      if ((outages -= 1) >= 0) throw new AppError('unavailable', 'the database is away');
      return take(id);
    });

    await eventually(async () => {
      await clock.advance(5_000);
      expect(taken).toEqual(['a 0']);
    });
    expect(failures).toHaveLength(2);
    expect(warnings).toContain('No snapshot could be taken of bad');
  });
});
