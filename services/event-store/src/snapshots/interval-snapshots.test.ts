import { join } from 'node:path';
import { AppError, createIdGenerator, createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLease, migrateMessaging } from '@fanfare/messaging';
import {
  migrate,
  openDatabase,
  openEventLog,
  readMigrations,
  type Database,
  type EventLog,
} from '@fanfare/storage';
import { toNewEvents } from '../../test/logged-history';
import { createLoadAggregate } from '../aggregates/load-aggregate';
import { createIntervalCounters } from './interval-counters';
import { createIntervalSnapshots } from './interval-snapshots';
import { createSnapshotStore } from './snapshot-store';
import { createTakeSnapshot, type TakeSnapshot } from './take-snapshot';

const migrations = readMigrations(join(__dirname, '..', '..', 'migrations'));
const hourMs = 3_600_000;

describe('snapshots that take themselves by time', () => {
  let clock: VirtualClock;
  let database: Database;
  let log: EventLog;
  const running: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    clock = createVirtualClock();
    database = await openDatabase('sqlite::memory:');
    await migrate(database, { component: 'event-store', migrations });
    await migrateMessaging(database);
    log = await openEventLog('sqlite::memory:');
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((end) => end()));
    await log.close();
    await database.close();
  });

  async function append(id: string, count = 1): Promise<void> {
    const stream = { id, type: 'custom' };
    const from = ((await log.findStream(id))?.version ?? -1) + 1;
    const happenings = Array.from({ length: from + count }, (_, n) => ({ name: 'custom', data: { n } }));
    const events = toNewEvents(stream, happenings).slice(from);
    await log.append({ appends: [{ stream, expected: 'any', events }] });
  }

  /** Runs an instance; answers what it took, and warned of. */
  function work(change: (take: TakeSnapshot) => TakeSnapshot = (take) => take) {
    const newId = createIdGenerator(clock);
    const store = createSnapshotStore(database);
    const loadAggregate = createLoadAggregate({ log, findBase: (...range) => store.findBase(...range) });
    const take = change(createTakeSnapshot({ loadAggregate, store, clock, newId, maxSnapshots: 0 }));
    const seen = { taken: [] as string[], warnings: [] as string[], failures: [] as unknown[] };
    const worker = createIntervalSnapshots({
      ...{ log, clock, intervalMs: hourMs, counters: createIntervalCounters(database) },
      lease: createLease({ database, clock, name: 'interval', owner: newId(), ttlMs: 15_000 }),
      takeSnapshot: async (id) => {
        const snapshot = await take(id);
        seen.taken.push(`${id} ${snapshot?.aggregate.version}`);
        return snapshot;
      },
      logger: { warn: (_: unknown, message?: string) => void seen.warnings.push(message ?? '') },
      onFailure: (error) => void seen.failures.push(error),
    });
    const stop = new AbortController();
    const ended = worker.run(stop.signal);
    const end = async () => {
      stop.abort();
      await ended;
    };
    running.push(end);
    return { ...seen, end };
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
    expect(await createSnapshotStore(database).countByType()).toEqual({ custom: 4 });
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
