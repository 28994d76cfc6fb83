import type { AllowsAddress, Permission } from '@fanfare/cloudevents';
import type { Clock, Tracer } from '@fanfare/core';
import { parseBrokerEndpoint } from '../observers/broker-endpoint';
import { createBrokerSender } from './brokers/broker-sender';
import type { Destinations } from './brokers/destinations';
import { createLocalSender } from './local-sender';
import { failedBecause } from './outcome';
import type { Sender, ServedObserver } from './sender';
import { traceDeliveries } from './trace-deliveries';
import { createWebhookSender } from './webhook-sender';

export interface SendersOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly allowsAddress: AllowsAddress;
  readonly destinations: Pick<Destinations, 'borrow'>;
  readonly tracer?: Tracer | undefined;
}

/** Makes what delivers to an observer, wherever it lives. */
export type CreateSender = (served: ServedObserver, permission: Pick<Permission, 'headers'>) => Sender;

export function createSenders(options: SendersOptions): CreateSender {
  const { clock, destinations, tracer } = options;
  const open: CreateSender = (served, { headers }) => {
    const { onEvent, observer } = served;
    const { endpoint } = observer;
    if (onEvent) return createLocalSender(served, onEvent, clock);
    if (endpoint === null) return nowhere;
    const broker = parseBrokerEndpoint(endpoint);
    if (broker) return createBrokerSender(served, destinations.borrow(broker), clock);
    return createWebhookSender(served, endpoint, { ...options, headers });
  };

  if (!tracer) return open;
  return (served, permission) => traceDeliveries(open(served, permission), served.observer, tracer);
}

const nowhere: Sender = {
  send: (attempts) =>
    Promise.resolve(attempts.map(() => failedBecause('the observer has no endpoint', 'event'))),
  close: () => Promise.resolve(),
};
