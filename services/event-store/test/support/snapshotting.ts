import { join } from 'node:path';
import { createIdGenerator, type Clock } from '@fanfare/core';
import { migrateMessaging } from '@fanfare/messaging';
import type { Worker } from '@fanfare/service-kit';
import {
  migrate,
  openDatabase,
  openEventLog,
  readMigrations,
  type Database,
  type EventLog,
} from '@fanfare/storage';
import { foldVersion as currentFoldVersion } from '../../src/aggregates/fold';
import { createLoadAggregate, type LoadAggregate } from '../../src/aggregates/load-aggregate';
import type { SnapshotStore } from '../../src/snapshots/snapshot';
import { createSnapshotStore } from '../../src/snapshots/snapshot-store';
import { createTakeSnapshot, type TakeSnapshot } from '../../src/snapshots/take-snapshot';
import { toNewEvents } from '../logged-history';

const migrations = readMigrations(join(__dirname, '..', '..', 'migrations'));
const eventsAtOnce = 1_000;

interface SnapshotParts {
  readonly snapshots: SnapshotStore;
  readonly loadAggregate: LoadAggregate;
  readonly takeSnapshot: TakeSnapshot;
}

/** A log and the snapshots of its aggregates, both in memory. */
export interface Snapshotting {
  readonly database: Database;
  readonly log: EventLog;
  readonly store: SnapshotStore;
  /** Appends events whose fold is `n`, the number of the last one. */
  readonly append: (id: string, count?: number, stream?: { readonly type?: string }) => Promise<void>;
  /** As a service with these settings has them. */
  readonly parts: (settings?: {
    readonly maxSnapshots?: number;
    readonly foldVersion?: number;
  }) => SnapshotParts;
  /** Each snapshot as `id version`, in the order in which they were taken. */
  readonly versions: () => Promise<readonly string[]>;
  /** Runs workers of one instance until what it answers is called, or all ends. */
  run(...workers: readonly Pick<Worker, 'run'>[]): () => Promise<void>;
  /** Ends what runs. */
  stopAll(): Promise<void>;
  close(): Promise<void>;
}

export async function openSnapshotting(clock: Clock): Promise<Snapshotting> {
  const newId = createIdGenerator(clock);
  const database = await openDatabase('sqlite::memory:');
  await migrate(database, { component: 'event-store', migrations });
  await migrateMessaging(database);
  const log = await openEventLog('sqlite::memory:');
  const store = createSnapshotStore(database);
  const running: (() => Promise<void>)[] = [];
  const stopAll = async () => {
    await Promise.all(running.splice(0).map((end) => end()));
  };

  return {
    database,
    log,
    store,
    async append(id, count = 1, { type = 'custom' } = {}) {
      const stream = { id, type };
      const from = ((await log.findStream(id))?.version ?? -1) + 1;
      const happenings = Array.from({ length: from + count }, (_, n) => ({ name: 'custom', data: { n } }));
      const events = toNewEvents(stream, happenings).slice(from);
      for (let at = 0; at < events.length; at += eventsAtOnce)
        await log.append({
          appends: [{ stream, expected: 'any', events: events.slice(at, at + eventsAtOnce) }],
        });
    },
    parts({ maxSnapshots = 0, foldVersion = currentFoldVersion } = {}) {
      const snapshots = createSnapshotStore(database, { foldVersion });
      const loadAggregate = createLoadAggregate({
        log,
        findBase: (...range) => snapshots.findBase(...range),
      });
      const takeSnapshot = createTakeSnapshot({
        loadAggregate,
        store: snapshots,
        clock,
        newId,
        maxSnapshots,
      });
      return { snapshots, loadAggregate, takeSnapshot };
    },
    async versions() {
      const snapshots = await store.list({ order: 'asc', limit: 1_000, offset: 0 });
      return snapshots.map(({ aggregate: { id, version } }) => `${id} ${version}`);
    },
    run(...workers) {
      const stop = new AbortController();
      const ended = Promise.all(workers.map((worker) => worker.run(stop.signal)));
      const end = async () => {
        stop.abort();
        await ended;
      };
      running.push(end);
      return end;
    },
    stopAll,
    async close() {
      await stopAll();
      await log.close();
      await database.close();
    },
  };
}
