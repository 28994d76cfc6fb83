import { createLease } from '@fanfare/messaging';
import type { Resources, Route, Worker } from '@fanfare/service-kit';
import type { Cache, Database, EventLog } from '@fanfare/storage';
import { createAggregateRoute } from '../aggregates/create-aggregate-route';
import { createLoadAggregate, type LoadAggregateDeps } from '../aggregates/load-aggregate';
import { readAggregateRoute } from '../aggregates/read-aggregate-route';
import { saveAggregateRoute } from '../aggregates/save-aggregate-route';
import type { EventStoreConfig } from '../config';
import type { EventWriter } from '../events/event-writer';
import type { RefuseAppend } from '../events/refuse-append';
import { createTakeEvents, type CallSyncObservers } from '../events/take-events';
import type { Tail } from '../live/tail';
import { createLoadCached } from './cached-aggregates';
import { createEraseSnapshots } from './erase-snapshots';
import { createIntervalCounters } from './interval-counters';
import { createIntervalSnapshots } from './interval-snapshots';
import { createSnapshotCleanup } from './snapshot-cleanup';
import { createSnapshotBeforeTruncation } from './snapshot-before-truncation';
import { snapshotRoutes } from './snapshot-routes';
import type { SnapshotStore } from './snapshot';
import { createSnapshotStore } from './snapshot-store';
import { createSnapshotWorker } from './snapshot-worker';
import { createTakeSnapshot } from './take-snapshot';

/** Aggregates and their snapshots, as the service and its other parts see them. */
export interface Aggregates {
  readonly routes: readonly Route[];
  readonly workers: readonly Worker[];
  /** See `createSnapshotBeforeTruncation`. */
  readonly snapshotBeforeTruncation: (position: number) => Promise<void>;
  /** See `createEraseSnapshots`. */
  readonly eraseSnapshots: (subject: string) => Promise<number>;
  readonly countSnapshots: SnapshotStore['countByType'];
}

export interface AggregatesDeps extends Pick<Resources, 'clock' | 'newId' | 'logger' | 'metrics'> {
  readonly config: Pick<
    EventStoreConfig,
    | 'snapshotEvery'
    | 'snapshotIntervalMs'
    | 'cleanupIntervalMs'
    | 'maxSnapshots'
    | 'supportedAggregateTypes'
    | 'cacheTtlMs'
  >;
  readonly database: Database;
  readonly log: EventLog;
  readonly cache: Cache;
  readonly tail: Tail;
  readonly writer: EventWriter;
  readonly refuseAppend: RefuseAppend;
  readonly callSyncObservers: CallSyncObservers;
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

const leaseTtlMs = 15_000;

export function createAggregates(deps: AggregatesDeps): Aggregates {
  const { config, database, log, clock, newId } = deps;
  const { maxSnapshots, supportedAggregateTypes, snapshotEvery, snapshotIntervalMs, cacheTtlMs } = config;
  const store = createSnapshotStore(database);
  const findBase: LoadAggregateDeps['findBase'] = (id, versions) => store.findBase(id, versions);
  const folded = deps.metrics.counter({
    name: 'events_folded_total',
    help: 'Events that were folded into aggregates, beginning at the nearest snapshot or state in the cache.',
  });
  const onFold = (events: number) => {
    folded.inc(events);
  };
  const loadAggregate = createLoadAggregate({ log, findBase, onFold });
  const takeSnapshot = createTakeSnapshot({ loadAggregate, store, clock, newId, maxSnapshots });
  const changing = { ...deps, takeEvents: createTakeEvents(deps), supportedAggregateTypes };
  const leaseOf = (name: string) => createLease({ database, clock, name, owner: newId(), ttlMs: leaseTtlMs });

  return {
    routes: [
      createAggregateRoute(changing),
      readAggregateRoute({ loadAggregate: createLoadCached({ ...deps, store, loadAggregate, cacheTtlMs }) }),
      saveAggregateRoute(changing),
      ...snapshotRoutes({ log, store, loadAggregate, takeSnapshot }),
    ],
    workers: [
      createSnapshotWorker({
        ...deps,
        store,
        takeSnapshot,
        snapshotEvery,
        turnMs: leaseTtlMs / 3,
        lease: leaseOf('snapshots'),
      }),
      ...(snapshotIntervalMs === 0
        ? []
        : [
            createIntervalSnapshots({
              ...deps,
              takeSnapshot,
              intervalMs: snapshotIntervalMs,
              counters: createIntervalCounters(database),
              lease: leaseOf('interval-snapshots'),
            }),
          ]),
      ...(maxSnapshots === 0
        ? []
        : [createSnapshotCleanup({ ...deps, store, maxSnapshots, intervalMs: config.cleanupIntervalMs })]),
    ],
    snapshotBeforeTruncation: createSnapshotBeforeTruncation({ ...deps, store, loadAggregate }),
    eraseSnapshots: createEraseSnapshots({ log, store }),
    countSnapshots: () => store.countByType(),
  };
}
