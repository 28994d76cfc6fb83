import type { Clock } from '@fanfare/core';
import type { AllowsAddress } from './guarded-lookup';
import { createLocalSender } from './local-sender';
import { failedBecause } from './outcome';
import type { Sender, ServedObserver } from './sender';
import { createWebhookSender } from './webhook-sender';

export interface SendersOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly allowsAddress: AllowsAddress;
  /** Sent with each request to an observer. */
  readonly headersFor: (observerId: string) => Readonly<Record<string, string>>;
}

/** Makes what delivers to an observer, wherever it lives. */
export type CreateSender = (served: ServedObserver) => Sender;

export function createSenders({ clock, newId, allowsAddress, headersFor }: SendersOptions): CreateSender {
  return function createSender(served) {
    const { onEvent, observer } = served;
    const { id, endpoint } = observer;
    if (onEvent) return createLocalSender(served, onEvent, clock);
    if (endpoint === null) return nowhere;
    const headers = () => headersFor(id);
    return createWebhookSender(served, endpoint, { clock, newId, allowsAddress, headers });
  };
}

const nowhere: Sender = {
  send: (attempts) =>
    Promise.resolve(attempts.map(() => failedBecause('the observer has no endpoint', 'event'))),
  close: () => Promise.resolve(),
};
