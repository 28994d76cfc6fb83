import { toError } from '@fanfare/core';
import type { RecordProducer } from '@fanfare/messaging';
import { toRecord } from '../../kafka/to-records';
import type { KafkaEndpoint } from '../../observers/broker-endpoint';
import type { Destination } from './destination';

/** A topic, in which each event is a record in binary mode with its subject as the key. A missing topic is made. */
export function createKafkaDestination(
  producer: Pick<RecordProducer, 'send' | 'close'>,
  { topic }: KafkaEndpoint,
): Destination {
  return {
    async put(events) {
      const records = events.map((event) => ({ ...toRecord(event), key: event.subject ?? event.id }));
      const failure = await producer.send(topic, records).then(() => null, toError);
      return events.map(() => failure);
    },
    close: () => producer.close(),
  };
}
