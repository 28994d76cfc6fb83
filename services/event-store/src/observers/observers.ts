import { allowsPrivateEndpoints, createCheckEndpoint, type CheckEndpoint } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import type { Route } from '@fanfare/service-kit';
import type { Database, EventLog } from '@fanfare/storage';
import type { EventStoreConfig } from '../config';
import type { DeliveryStates } from '../deliveries/delivery-states';
import type { Signals } from '../live/signals';
import { parseBrokerEndpoint } from './broker-endpoint';
import { findBrokerProblem } from './observer-brokers';
import { observerRoutes } from './observer-routes';
import { createObserverStore } from './observer-store';
import { createObserverRegistry, type ObserverRegistry } from './registry';
import { subscriptionRoutes } from './subscription-routes';

export interface ObserversDeps {
  readonly config: Pick<EventStoreConfig, 'allowPrivateWebhooks' | 'listen' | 'observerBrokers'>;
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
  const checkWebHook = createCheckEndpoint({ allowPrivate, clock: deps.clock });

  const checkEndpoint: CheckEndpoint = async (endpoint) => {
    const broker = parseBrokerEndpoint(endpoint);
    return broker ? findBrokerProblem(broker, config.observerBrokers) : checkWebHook(endpoint);
  };

  return {
    registry,
    routes: [
      ...observerRoutes({ ...deps, registry, store, checkEndpoint }),
      ...subscriptionRoutes({ registry }),
    ],
  };
}
