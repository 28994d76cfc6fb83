import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Delivery } from '../bus/message-bus';
import { decodeDelivery, type Incoming } from '../events/event-codec';

/**
 * Takes deliveries apart, in parts of about `maxEvents` that follow each other. While whoever reads them works on one part,
 * the next is decoded, a delivery at a time, so that answers it waits for are heard in between.
 */
export async function* decodeAhead(
  deliveries: readonly Delivery[],
  maxEvents: number,
): AsyncGenerator<readonly Incoming[], void> {
  const [first, ...others] = divide(deliveries, maxEvents);
  if (!first) return;
  let next = decode(first);
  for (const part of others) {
    const incoming = await next;
    next = decode(part);
    yield incoming;
  }
  yield await next;
}

async function decode([first, ...others]: readonly Delivery[]): Promise<readonly Incoming[]> {
  const incoming = first ? decodeDelivery(first) : [];
  for (const delivery of others) {
    await nextTurn();
    incoming.push(...decodeDelivery(delivery));
  }
  return incoming;
}

/** What a delivery says it holds is believed only here: it decides about nothing but the size of a part. */
function divide(deliveries: readonly Delivery[], maxEvents: number): readonly (readonly Delivery[])[] {
  const parts: Delivery[][] = [];
  let part: Delivery[] = [];
  let events = 0;
  for (const delivery of deliveries) {
    if (part.length === 0 || events + delivery.count > maxEvents) {
      parts.push((part = []));
      events = 0;
    }
    part.push(delivery);
    events += delivery.count;
  }
  return parts;
}
