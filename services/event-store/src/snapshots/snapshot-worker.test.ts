import { AppError, createIdGenerator, createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import type { Database, EventLog } from '@fanfare/storage';
import { openSnapshotting, type Snapshotting } from '../../test/support/snapshotting';
import { snapshotEvery, workOnSnapshots, type SnapshotWork } from '../../test/support/work-on-snapshots';
import { foldVersion } from '../aggregates/fold';
import { createLoadAggregate } from '../aggregates/load-aggregate';
import { createEraseSnapshots } from './erase-snapshots';
import type { SnapshotStore } from './snapshot';
import { createTakeSnapshot } from './take-snapshot';

const clock = createSystemClock();
const newId = createIdGenerator(clock);

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

  const work = (parts?: Partial<SnapshotWork>) => workOnSnapshots(opened, clock, parts);

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
    const seen = work({ lease: { ttlMs: 60_000, acquire: () => Promise.resolve(1), release } });

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
      store,
      clock,
      newId,
      maxSnapshots: 0,
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
});
