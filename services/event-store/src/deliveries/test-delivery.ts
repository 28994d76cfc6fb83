import type { Clock } from '@fanfare/core';
import { newEvent } from '../events/new-event';
import type { Observer } from '../observers/observer';
import type { DeliverOnce } from './deliver-once';
import type { Outcome } from './outcome';

/** Sends a sample to an observer, so that whoever sets it up sees whether it arrives. */
export type TestDelivery = (observer: Observer, signal: AbortSignal) => Promise<Outcome>;

export interface TestDeliveryDeps {
  readonly deliverOnce: DeliverOnce;
  readonly clock: Clock;
  readonly newId: () => string;
}

export function createTestDelivery({ deliverOnce, clock, newId }: TestDeliveryDeps): TestDelivery {
  return function testDelivery(observer, signal) {
    const data = { message: `a sample for observer ${observer.id}` };
    const event = newEvent({ type: 'observer.test', subject: observer.id, data }, { clock, newId });
    const nowhere = { position: 0, stream: null, version: null, isErased: false };
    return deliverOnce(observer, { ...nowhere, recordedAt: clock.now(), event }, { signal });
  };
}
