import type { Clock } from '@fanfare/core';
import type { Route, Worker } from '@fanfare/service-kit';
import type { CheckpointSigner, Database, EventLog } from '@fanfare/storage';
import type { EventStoreConfig } from '../config';
import { createDeliveryCounts } from '../deliveries/delivery-counts';
import type { Tail } from '../live/tail';
import type { ObserverStore } from '../observers/observer-store';
import { createSnapshotStore } from '../snapshots/snapshot-store';
import { chainRoutes } from './chain-routes';
import { createCheckpoints } from './checkpoints';
import { createCountedLog } from './count-log';
import { createCountStore } from './count-store';
import { identityOf } from './identity';
import { metricsRoutes } from './metrics-routes';
import { statsRoutes } from './stats-routes';
import { sumOf } from './tally';

export interface StorePartDeps {
  readonly config: EventStoreConfig;
  readonly database: Database;
  readonly log: EventLog;
  readonly tail: Tail;
  readonly clock: Clock;
  readonly signer: CheckpointSigner | undefined;
  readonly observers: Pick<ObserverStore, 'all'>;
  /** Told when the log or the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

/** What concerns the log as a whole. */
export interface StorePart {
  readonly routes: readonly Route[];
  readonly workers: readonly Worker[];
  countAggregates(): Promise<number>;
}

export function createStorePart(deps: StorePartDeps): StorePart {
  const { config, database, log, clock, signer, observers, onFailure } = deps;
  const checkpoints = createCheckpoints({ log, clock, canSign: signer !== undefined, onFailure });
  const counted = createCountedLog({ ...deps, store: createCountStore(deps) });
  return {
    routes: [
      ...chainRoutes({ log, checkpoints, clock, publicKey: signer?.publicKey ?? null }),
      ...metricsRoutes({ counted, deliveries: createDeliveryCounts(database) }),
      ...statsRoutes({
        identity: identityOf(config),
        counted,
        observers,
        snapshots: createSnapshotStore(database),
      }),
    ],
    workers: [counted.worker, checkpoints.worker],
    countAggregates: async () => sumOf((await counted.counts()).aggregates),
  };
}
