import { randomBytes } from 'node:crypto';
import { allowsPrivateEndpoints, isPublicAddress } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import type { MessagingObserver } from '@fanfare/messaging';
import type { Metrics, Route, Worker } from '@fanfare/service-kit';
import type { Database, EventLog } from '@fanfare/storage';
import type { EventStoreConfig } from '../config';
import type { FindProcessing } from '../events/event-page';
import type { CallSyncObservers } from '../events/take-events';
import type { Signals } from '../live/signals';
import type { Tail } from '../live/tail';
import type { ObserverRegistry } from '../observers/registry';
import type { Destinations } from './brokers/destinations';
import { breakerRoutes } from './breaker-routes';
import { createCallSyncObservers } from './call-sync-observers';
import { deadLetterRoutes } from './dead-letter-routes';
import { createDeadLetters } from './dead-letters';
import { createDeliverOnce, type DeliverOnce } from './deliver-once';
import { createDeliveryMetrics } from './delivery-metrics';
import { deliveryRoutes } from './delivery-routes';
import type { DeliveryStates } from './delivery-states';
import { createFailedSignals } from './failed-signals';
import { createFindProcessing } from './find-processing';
import { handshakeRoutes } from './handshake-routes';
import { createHandshakeStore } from './handshake-store';
import { createObserverLeases } from './observer-leases';
import { createPermissions } from './permissions';
import { createProcessedSignals } from './processed-signals';
import { createProgressStore } from './progress-store';
import { createReport } from './report-deliveries';
import { createRests } from './rests';
import { createSavedSignals } from './saved-signals';
import { createSenders } from './senders';
import { createServeObservers } from './serve-observers';
import { createServedObservers } from './served-observers';
import { createTestDelivery } from './test-delivery';

export interface DeliveriesDeps {
  readonly database: Database;
  readonly log: EventLog;
  readonly tail: Tail;
  readonly registry: ObserverRegistry;
  readonly states: DeliveryStates;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly metrics: Metrics;
  readonly destinations: Destinations;
  readonly config: Pick<
    EventStoreConfig,
    | 'onDeadLetter'
    | 'observerDisableAfterMs'
    | 'allowPrivateWebhooks'
    | 'listen'
    | 'webhookOrigin'
    | 'publicUrl'
  >;
  readonly messagingObserver: Pick<MessagingObserver, 'waiting' | 'tracer'>;
  readonly random?: () => number;
  /** How long what an instance that died had served is nobody's. */
  readonly leaseMs?: number;
}

/** Delivers events to observers, and tells what became of it. */
export interface Deliveries {
  readonly routes: readonly Route[];
  readonly workers: readonly Worker[];
  readonly callSyncObservers: CallSyncObservers;
  readonly findProcessing: FindProcessing;
  readonly deliverOnce: DeliverOnce;
  /** Removes what is kept of a subject's data. */
  readonly eraseDeliveries: (subject: string) => Promise<void>;
}

export function createDeliveries(deps: DeliveriesDeps): Deliveries {
  const { config, database, registry, newId, clock, metrics, destinations, leaseMs = 15_000 } = deps;
  const { onDeadLetter } = config;
  const observers = createServedObservers(registry, clock);
  const saved = createSavedSignals();
  const store = createProgressStore(database, onDeadLetter);
  const writeRested = createRests(clock);
  const allowsAddress = allowsPrivateEndpoints(config) ? () => true : isPublicAddress;
  const random = deps.random ?? Math.random;
  const createSender = createSenders({
    clock,
    newId,
    allowsAddress,
    destinations,
    tracer: deps.messagingObserver.tracer,
  });
  const handshakes = createHandshakeStore(database, clock);
  const createPermission = createPermissions({
    store: handshakes,
    clock,
    random,
    allowsAddress,
    newToken,
    destinations,
    origin: config.webhookOrigin,
    callbackUrl: callbackAt(config.publicUrl),
  });
  const measured = createDeliveryMetrics(metrics, { database, served: () => serving.size });
  const waiting = (what: string) => (error: unknown, delayMs: number) => {
    deps.messagingObserver.waiting(what, error, delayMs);
  };
  const failedSignals = createFailedSignals({ ...deps, onFailure: waiting('signals of failures') });
  const serving = createServeObservers({
    ...deps,
    onDeadLetter,
    random,
    store: { ...store, save: (progress) => writeRested(() => store.save(progress)) },
    report: createReport({
      ...deps,
      failedSignals,
      saved,
      metrics: measured,
      disableAfterMs: config.observerDisableAfterMs,
    }),
    observers,
    leases: createObserverLeases({ database, clock, owner: newId(), ttlMs: leaseMs }),
    prolongMs: leaseMs / 3,
    equip(served) {
      const permission = createPermission(served.observer);
      return { sender: createSender(served, permission), ...permission };
    },
  });
  registry.onChange((observerId) => serving.restart(observerId));
  const deliverOnce = createDeliverOnce({ serve: observers.serve, createSender, createPermission });
  const { interrupt, look, restart } = serving;
  const deadLetters = createDeadLetters({ database, clock, onDeadLetter, interrupt });
  const shared = { ...deps, observers, saved, interrupt, deadLetters };

  return {
    routes: [
      ...deliveryRoutes({
        ...shared,
        serve: observers.serve,
        testDelivery: createTestDelivery({ deliverOnce, clock, newId }),
        onAcknowledged(observerId) {
          saved.tell(observerId, []);
        },
      }),
      ...deadLetterRoutes(shared),
      ...breakerRoutes({ ...shared, look }),
      ...handshakeRoutes({ store: handshakes, registry, restart }),
    ],
    workers: [
      serving.worker,
      createProcessedSignals({ ...shared, onFailure: waiting('signals of processed events') }),
      failedSignals.worker,
    ],
    callSyncObservers: createCallSyncObservers(shared),
    findProcessing: createFindProcessing(database, observers),
    deliverOnce,
    eraseDeliveries: deadLetters.forget,
  };
}

/** Cannot be guessed: who knows it speaks for a receiver. */
function newToken(): string {
  return randomBytes(24).toString('base64url');
}

function callbackAt(publicUrl: string | undefined): ((token: string) => string) | undefined {
  if (publicUrl === undefined) return undefined;
  return (token) => `${publicUrl.replace(/\/$/, '')}/api/v1/handshakes/${token}`;
}
