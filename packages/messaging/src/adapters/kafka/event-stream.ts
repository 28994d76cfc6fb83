import { encodeKafka } from '@fanfare/cloudevents';
import { cloudEventSchema } from '@fanfare/contracts';
import type { Message, MessageBus } from '../../bus/message-bus';
import type { RecordProducer } from './record-producer';

/**
 * Where a relay publishes a topic log for others to read: a Kafka topic in which each event is a record of its own, in
 * binary mode, with its subject as the key. An event may come more than once, with the same id.
 */
export function createEventStream(
  producer: Pick<RecordProducer, 'send'>,
  topic: string,
): Pick<MessageBus, 'publish'> {
  return {
    publish: (_topicOfTheLog, messages) => producer.send(topic, messages.flatMap(toRecords)),
  };
}

function toRecords({ body }: Message) {
  const content: unknown = JSON.parse(body.toString());
  const events = cloudEventSchema.array().parse(Array.isArray(content) ? content : [content]);
  return events.map((event) => encodeKafka(event, 'binary', { key: event.subject ?? event.id }));
}
