import type { AllowsAddress, Permission } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import { createLocalSender } from './local-sender';
import { failedBecause } from './outcome';
import type { Sender, ServedObserver } from './sender';
import { createWebhookSender } from './webhook-sender';

export interface SendersOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly allowsAddress: AllowsAddress;
}

/** Makes what delivers to an observer, wherever it lives. */
export type CreateSender = (served: ServedObserver, permission: Pick<Permission, 'headers'>) => Sender;

export function createSenders({ clock, newId, allowsAddress }: SendersOptions): CreateSender {
  return function createSender(served, { headers }) {
    const { onEvent, observer } = served;
    const { endpoint } = observer;
    if (onEvent) return createLocalSender(served, onEvent, clock);
    if (endpoint === null) return nowhere;
    return createWebhookSender(served, endpoint, { clock, newId, allowsAddress, headers });
  };
}

const nowhere: Sender = {
  send: (attempts) =>
    Promise.resolve(attempts.map(() => failedBecause('the observer has no endpoint', 'event'))),
  close: () => Promise.resolve(),
};
