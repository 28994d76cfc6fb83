import { AppError, createIdGenerator, createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLease, type Lease } from '@fanfare/messaging';
import type { Database, EventLog } from '@fanfare/storage';
import { toNewEvents } from '../../test/logged-history';
import { openSnapshotting, type Snapshotting } from '../../test/support/snapshotting';
import { foldVersion } from '../aggregates/fold';
import { createLoadAggregate } from '../aggregates/load-aggregate';
import { createTail } from '../live/tail';
import { createEraseSnapshots } from './erase-snapshots';
import { createSnapshotBeforeTruncation } from './snapshot-before-truncation';
import type { SnapshotStore } from './snapshot';
import { createSnapshotWorker } from './snapshot-worker';
import { createTakeSnapshot, type TakeSnapshot } from './take-snapshot';

const clock = createSystemClock();
const newId = createIdGenerator(clock);
const snapshotEvery = 10;

describe('snapshots that take themselves', () => {
  let opened: Snapshotting;
  let database: Database;
  let log: EventLog;
  let store: SnapshotStore;
  let append: Snapshotting['append'];
  let parts: Snapshotting['parts'];
  let versions: Snapshotting['versions'];

  beforeEach(async () => {
    opened = await openSnapshotting(clock);
    ({ database, log, store, append, parts, versions } = opened);
  });

  afterEach(() => opened.close());

  /** Runs an instance of the worker; answers what it has taken, warned of, and failed with. */
  function work({
    takeSnapshot = parts().takeSnapshot,
    snapshots = store,
    lease = createLease({ database, clock, name: 'snapshots', owner: newId(), ttlMs: 60_000 }),
  }: Partial<Work> = {}) {
    const seen = { taken: [] as string[], warnings: [] as string[], failures: [] as unknown[] };
    const tail = createTail({ log, clock, onFailure: () => undefined });
    const worker = createSnapshotWorker({
      ...{ tail, clock, snapshotEvery, store: snapshots, turnMs: 50 },
      takeSnapshot: (id, version) => {
        seen.taken.push(`${id} ${version}`);
        return takeSnapshot(id, version);
      },
      lease,
      logger: { warn: (_: unknown, message?: string) => void seen.warnings.push(message ?? '') },
      onFailure: (error) => void seen.failures.push(error),
    });
    return { ...seen, end: opened.run(tail.worker, worker) };
  }

  interface Work {
    readonly takeSnapshot: TakeSnapshot;
    readonly snapshots: SnapshotStore;
    readonly lease: Lease;
  }

  const newest = async (id: string) =>
    (await store.findNewest(id, { from: 0, to: Number.MAX_SAFE_INTEGER }))?.aggregate.version;

  it('come after every so many events of each aggregate, before and while someone watches', async () => {
    await append('a', 25);
    work();
    await eventually(async () => {
      expect(await versions()).toEqual(['a 9', 'a 19']);
    });

    await append('b', 10, { type: 'user' });
    await append('a', 5);

    await eventually(async () => {
      expect(await versions()).toEqual(['a 9', 'a 19', 'b 9', 'a 29']);
    });
  });

  it('let an aggregate of 10,000 events be loaded from at most as many as lie between two of them', async () => {
    await append('a', 10_005);
    work();
    await eventually(async () => {
      expect(await newest('a')).toBe(9_999);
    });

    let read = 0;
    const loadAggregate = createLoadAggregate({
      findBase: (...range) => store.findBase(...range),
      log: {
        ...log,
        readStream: async (...request) => {
          const events = await log.readStream(...request);
          read += events.length;
          return events;
        },
      },
    });
    for (const version of [10_004, 10_003, 9_999, 5_004, 18, 3]) {
      read = 0;
      expect(await loadAggregate('a', { version })).toMatchObject({ version, state: { n: version } });
      expect(read).toBeLessThan(snapshotEvery);
    }
    const whole = await createLoadAggregate({ log, findBase: () => Promise.resolve(null) })('a');
    expect(await loadAggregate('a')).toEqual(whole);
  });

  it('are taken by one instance, and by another one from where that one stopped', async () => {
    await append('a', 30);
    const first = work();
    await eventually(async () => {
      expect(await newest('a')).toBe(29);
    });
    const second = work();
    await append('a', 10);
    await eventually(async () => {
      expect(await newest('a')).toBe(39);
    });
    expect(second.taken).toEqual([]);

    await first.end();
    await append('a', 10);

    await eventually(async () => {
      expect(await newest('a')).toBe(49);
    });
    expect(second.taken).toEqual(['a 49']);
  });

  it('are the same, byte for byte, when all are taken again from the first event on', async () => {
    await append('a', 30);
    await append('b', 20, { type: 'order' });
    work();
    const read = async () =>
      JSON.stringify(
        (await store.list({ order: 'asc', limit: 100, offset: 0 })).map(({ aggregate }) => aggregate),
      );
    await eventually(async () => {
      expect(await versions()).toHaveLength(5);
    });
    const before = await read();
    await opened.stopAll();

    await store.erase(['a', 'b']);
    await database.queries
      .withTables<{ snapshot_counters: { name: string; counted: number } }>()
      .updateTable('snapshot_counters')
      .set({ counted: 0 })
      .where('name', '=', 'position')
      .execute();
    work();

    await eventually(async () => {
      expect(await read()).toBe(before);
    });
  });

  it('are taken anew when the fold has changed', async () => {
    await append('a', 20);
    await append('gone', 10);
    const first = work();
    await eventually(async () => {
      expect(await versions()).toHaveLength(3);
    });
    await first.end();
    await log.deleteStream('gone');

    const { snapshots, takeSnapshot } = parts({ foldVersion: foldVersion + 1 });
    expect(await snapshots.list({ order: 'asc', limit: 10, offset: 0 })).toEqual([]);
    work({ snapshots, takeSnapshot });

    await eventually(async () => {
      const renewed = await snapshots.list({ order: 'asc', limit: 10, offset: 0 });
      expect(renewed.map(({ aggregate }) => aggregate.version)).toEqual([9, 19]);
      expect(await snapshots.listOutdated(10)).toEqual([]);
    });
  });

  it('are kept up to a number of each aggregate', async () => {
    await append('a', 50);
    work({ takeSnapshot: parts({ maxSnapshots: 2 }).takeSnapshot });

    await eventually(async () => {
      expect(await versions()).toEqual(['a 39', 'a 49']);
    });
  });

  it('wait for a database that is away, and pass over an aggregate that cannot be folded', async () => {
    await append('bad', 10);
    await append('a', 10);
    const { takeSnapshot } = parts();
    let outages = 2;
    const seen = work({
      takeSnapshot: async (id, version) => {
        if (id === 'bad') throw new RangeError('the state is nested too deeply');
        if ((outages -= 1) >= 0) throw new AppError('unavailable', 'the database is away');
        return takeSnapshot(id, version);
      },
    });

    await eventually(async () => {
      expect(await versions()).toEqual(['a 9']);
    });
    expect(seen.failures).toHaveLength(2);
    expect(seen.warnings).toContain('No snapshot could be taken of bad');
  });

  it('end in peace when the database is away by then', async () => {
    const release = () => Promise.reject(new AppError('unavailable', 'the database is away'));
    const seen = work({ lease: { acquire: () => Promise.resolve(1), release } });

    await seen.end();

    expect(seen.failures).toMatchObject([{ code: 'unavailable' }]);
  });

  it('are not taken of what is erased, and not of what was read before', async () => {
    await append('a', 10);
    const { takeSnapshot, loadAggregate } = parts();
    await takeSnapshot('a');
    const eraseSnapshots = createEraseSnapshots({ log, store });
    let isErased = false;
    const slow = createTakeSnapshot({
      ...{ store, clock, newId, maxSnapshots: 0 },
      loadAggregate: async (id, asOf) => {
        const aggregate = await loadAggregate(id, asOf);
        if (isErased) return aggregate;
        isErased = true;
        await log.erase({ subject: 'a' });
        expect(await eraseSnapshots('a')).toBe(1);
        return aggregate;
      },
    });

    expect(await slow('a', 5)).toBeNull();

    expect(await versions()).toEqual([]);
    expect(await takeSnapshot('a')).toBeNull();
    expect(await loadAggregate('a')).toMatchObject({ version: 9, state: null, isActive: false });
  });

  describe('before a truncation', () => {
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
      work({ snapshots, takeSnapshot });
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
});
