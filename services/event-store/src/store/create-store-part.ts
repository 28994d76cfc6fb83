import type { Clock } from '@fanfare/core';
import type { Logger, Route, Worker } from '@fanfare/service-kit';
import type { CheckpointSigner, Database, EventLog } from '@fanfare/storage';
import type { EventStoreConfig } from '../config';
import type { DeliverOnce } from '../deliveries/deliver-once';
import { createDeliveryCounts } from '../deliveries/delivery-counts';
import type { DeliveryStates } from '../deliveries/delivery-states';
import type { ObserverRegistry } from '../observers/registry';
import { eraseRoute } from '../privacy/erase-route';
import { createEraseSubject, type EraseCopies, type EraseSubjectDeps } from '../privacy/erase-subject';
import type { Aggregates } from '../snapshots/create-aggregates';
import { chainRoutes } from './chain-routes';
import { createCheckpoints } from './checkpoints';
import type { CountedLog } from './count-log';
import { createExports } from './exports/create-exports';
import { identityOf } from './identity';
import { metricsRoutes } from './metrics-routes';
import { createReplays } from './replays/create-replays';
import { statsRoutes } from './stats-routes';
import { createTruncateLog } from './truncate-log';
import { truncateRoute } from './truncate-route';

export interface StorePartDeps {
  readonly config: EventStoreConfig;
  readonly database: Database;
  readonly log: EventLog;
  readonly counted: CountedLog;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly signer: CheckpointSigner | undefined;
  readonly logger: Logger;
  readonly observers: Pick<ObserverRegistry, 'all' | 'find'>;
  readonly states: Pick<DeliveryStates, 'find'>;
  readonly deliverOnce: DeliverOnce;
  readonly aggregates: Pick<Aggregates, 'countSnapshots' | 'eraseSnapshots' | 'snapshotBeforeTruncation'>;
  /** Besides snapshots. */
  readonly eraseOthers: readonly EraseCopies[];
  readonly remember: EraseSubjectDeps['remember'];
  readonly tell: EraseSubjectDeps['tell'];
  /** Told when the log or the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

/** What concerns the log as a whole. */
export interface StorePart {
  readonly routes: readonly Route[];
  readonly workers: readonly Worker[];
}

export function createStorePart(deps: StorePartDeps): StorePart {
  const { config, database, log, counted, clock, signer, observers, aggregates } = deps;
  const { countSnapshots, eraseSnapshots, snapshotBeforeTruncation } = aggregates;
  const checkpoints = createCheckpoints({ ...deps, canSign: signer !== undefined });
  const { uncountBefore } = counted;
  const replays = createReplays(deps);
  const publicKey = signer?.publicKey ?? null;
  const exports = createExports({ ...deps, checkpoints, publicKey });
  const eraseOthers = [...deps.eraseOthers, replays.erase];
  return {
    routes: [
      ...chainRoutes({ log, checkpoints, clock, publicKey }),
      eraseRoute(createEraseSubject({ ...deps, eraseSnapshots, eraseOthers })),
      truncateRoute(createTruncateLog({ log, snapshotBeforeTruncation, uncountBefore })),
      ...replays.routes,
      ...exports.routes,
      ...metricsRoutes({ counted, deliveries: createDeliveryCounts(database) }),
      ...statsRoutes({ identity: identityOf(config), counted, observers, countSnapshots }),
    ],
    workers: [counted.worker, checkpoints.worker, ...replays.workers, ...exports.workers],
  };
}
