import { createEvent, decodeKafka, encodeKafka, type KafkaMessage } from '@fanfare/cloudevents';

/** Writes an event as a Kafka record, as kafkajs takes it, and reads it back, as kafkajs gives it. */
export function runKafka() {
  const event = createEvent({
    type: 'order.created',
    source: '/orders',
    partitionkey: 'order-1',
    data: { total: 42 },
  });

  const record = encodeKafka(event, 'binary'); // producer.send({ topic: 'orders', messages: [record] })
  return { event, record, read: decodeKafka(overTheWire(record)) }; // eachMessage: ({ message }) => decodeKafka(message)
}

/** Headers come back as bytes. */
function overTheWire({ value, headers }: KafkaMessage) {
  const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
  return { value, headers: Object.fromEntries(bytes) };
}
