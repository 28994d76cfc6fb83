import { encodeJson, eventMediaType, type CloudEvent } from '@fanfare/cloudevents';
import { eventNameOf } from '@fanfare/contracts';
import { toError } from '@fanfare/core';
import type { ExchangePublisher } from '@fanfare/messaging';
import type { AmqpEndpoint } from '../../observers/broker-endpoint';
import { maxAmqpNameBytes } from '../../observers/broker-endpoint';
import { orderKeyOf } from '../order-key';
import type { Destination } from './destination';

/** An exchange, to which each event is published in structured mode. */
export function createAmqpDestination(
  publisher: Pick<ExchangePublisher, 'publish' | 'close'>,
  { exchange, routingKey }: AmqpEndpoint,
): Destination {
  async function publish(event: CloudEvent): Promise<void> {
    await publisher.publish({
      exchange,
      routingKey: routingKey ?? toRoutingKey(event),
      id: event.id,
      contentType: eventMediaType,
      body: Buffer.from(encodeJson(event)),
      headers: { position: String(event['position']) },
    });
  }

  return {
    put(events) {
      const ends = new Map<string, Promise<Error | null>>();
      return Promise.all(
        events.map(async (event) => {
          const key = orderKeyOf(event);
          const before = ends.get(key) ?? Promise.resolve(null);
          const own = before.then((failure) => failure ?? publish(event).then(() => null, toError));
          ends.set(key, own);
          return own;
        }),
      );
    },
    close: () => publisher.close(),
  };
}

function toRoutingKey({ type }: CloudEvent): string {
  const name = eventNameOf(type);
  if (Buffer.byteLength(name) > maxAmqpNameBytes) throw new Error('its type is too long for a routing key');
  return name;
}
