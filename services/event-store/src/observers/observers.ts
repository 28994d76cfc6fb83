import { allowsPrivateEndpoints, createCheckEndpoint } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import type { Route } from '@fanfare/service-kit';
import type { Database, EventLog } from '@fanfare/storage';
import type { EventStoreConfig } from '../config';
import type { DeliveryStates } from '../deliveries/delivery-states';
import type { Signals } from '../live/signals';
import { observerRoutes } from './observer-routes';
import { createObserverStore } from './observer-store';
import { createObserverRegistry, type ObserverRegistry } from './registry';
import { subscriptionRoutes } from './subscription-routes';

export interface ObserversDeps {
  readonly config: Pick<EventStoreConfig, 'allowPrivateWebhooks' | 'listen'>;
  readonly database: Database;
  readonly log: EventLog;
  readonly states: DeliveryStates;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Who is told of events. */
export interface Observers {
  readonly registry: ObserverRegistry;
  readonly routes: readonly Route[];
}

export function createObservers({ config, ...deps }: ObserversDeps): Observers {
  const store = createObserverStore(deps.database);
  const registry = createObserverRegistry({ ...deps, store });
  const allowPrivate = allowsPrivateEndpoints(config);
  const checkEndpoint = createCheckEndpoint({ allowPrivate, clock: deps.clock });
  return {
    registry,
    routes: [
      ...observerRoutes({ ...deps, registry, store, checkEndpoint }),
      ...subscriptionRoutes({ registry }),
    ],
  };
}
