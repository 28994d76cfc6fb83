import { createWakeUp } from '@fanfare/core';
import { createLease, type Feed } from '@fanfare/messaging';
import type { Resources, Route, Worker } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { Forgotten } from '../privacy/forgotten';
import { createOrderLog } from './order-log';
import { rebuildRoutes } from './rebuild-routes';
import { createRebuildStore } from './rebuild-store';
import { createRebuildWorker } from './rebuild-worker';

export interface RebuildsOptions {
  readonly database: Database;
  readonly resources: Pick<Resources, 'clock' | 'logger' | 'messagingObserver' | 'newId' | 'serviceToken'>;
  readonly eventStoreUrl: string;
  /** Of topic `orders`. */
  readonly feed: Feed;
  readonly group: string;
  readonly partitions: number;
  readonly forgotten?: Forgotten;
  readonly onSwitched: () => void;
}

const leaseMs = 30_000;

/** Counting everything anew from the event log, while the totals are served. */
export function createRebuilds(options: RebuildsOptions): {
  readonly routes: readonly Route[];
  readonly worker: Worker;
} {
  const { database, resources, eventStoreUrl } = options;
  const { clock, logger, newId, serviceToken, messagingObserver: observer } = resources;
  const rebuilds = createRebuildStore(database, clock);
  const wakeUp = createWakeUp(clock);
  const lease = createLease({ database, clock, name: 'rebuild', owner: newId(), ttlMs: leaseMs });
  const openLog = (signal: AbortSignal) =>
    createOrderLog({ url: eventStoreUrl, clock, token: serviceToken, signal });
  return {
    routes: rebuildRoutes({ rebuilds, newId, onBegin: wakeUp.wake }),
    worker: createRebuildWorker({ ...options, openLog, rebuilds, clock, observer, lease, wakeUp, logger }),
  };
}
