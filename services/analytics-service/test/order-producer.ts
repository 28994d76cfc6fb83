import type { Message } from '@fanfare/messaging';
import { createTopicOwner } from '@fanfare/service-kit/testing';

/** Stands in for the order service: owns topic `orders` and says on it what a test wants. */
export const createOrderProducer = ({ hasRelay = true } = {}) =>
  createTopicOwner({ name: 'order-service', topic: 'orders', hasRelay });

/** The message of events whose first one has the sequence `sequence`; without it, that of a foreign program. */
export function messageOf(events: readonly unknown[], sequence?: number): Message {
  const isSingle = events.length === 1;
  return rawMessage(JSON.stringify(isSingle ? events[0] : events), { sequence, count: events.length });
}

/** A message that holds whatever text. */
export function rawMessage(
  text: string,
  { sequence, count = 1 }: { readonly sequence?: number | undefined; readonly count?: number } = {},
): Message {
  return {
    partition: 0,
    id: 'message',
    contentType: count === 1 ? 'application/cloudevents+json' : 'application/cloudevents-batch+json',
    body: Buffer.from(text),
    sequence,
    count,
  };
}
