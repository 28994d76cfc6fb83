import type { AllowsAddress, Permission } from '@fanfare/cloudevents';
import type { Clock, Tracer } from '@fanfare/core';
import { createLocalSender } from './local-sender';
import { failedBecause } from './outcome';
import type { Sender, ServedObserver } from './sender';
import { traceDeliveries } from './trace-deliveries';
import { createWebhookSender } from './webhook-sender';

export interface SendersOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly allowsAddress: AllowsAddress;
  readonly tracer?: Tracer | undefined;
}

/** Makes what delivers to an observer, wherever it lives. */
export type CreateSender = (served: ServedObserver, permission: Pick<Permission, 'headers'>) => Sender;

export function createSenders({ clock, newId, allowsAddress, tracer }: SendersOptions): CreateSender {
  const open: CreateSender = (served, { headers }) => {
    const { onEvent, observer } = served;
    const { endpoint } = observer;
    if (onEvent) return createLocalSender(served, onEvent, clock);
    if (endpoint === null) return nowhere;
    return createWebhookSender(served, endpoint, { clock, newId, allowsAddress, headers });
  };

  if (!tracer) return open;
  return (served, permission) => traceDeliveries(open(served, permission), served.observer, tracer);
}

const nowhere: Sender = {
  send: (attempts) =>
    Promise.resolve(attempts.map(() => failedBecause('the observer has no endpoint', 'event'))),
  close: () => Promise.resolve(),
};
