import type { KafkaMessage, Message as KafkaRecord } from 'kafkajs';
import type { Delivery, Message } from '../../bus/message-bus';

/**
 * The record that a message travels as. It has no key: a message may hold events of several keys, and the partition
 * they share is given. The content type is where the CloudEvents binding for Kafka has it (§3.3), so that a single
 * event can be read by any CloudEvents consumer.
 */
export function toRecord({ partition, id, contentType, body, sequence, count }: Message): KafkaRecord {
  return {
    partition,
    value: body,
    headers: {
      'content-type': contentType,
      id,
      count: String(count),
      ...(sequence === undefined ? undefined : { sequence: String(sequence) }),
    },
  };
}

/** A record as it came, tolerant of what a foreign producer put beside the body, or left out. */
export function toDelivery({ value, headers = {} }: KafkaMessage, partition: number): Delivery {
  return {
    partition,
    id: textOf(headers['id']) ?? '',
    contentType: textOf(headers['content-type']) ?? 'application/octet-stream',
    body: value ?? Buffer.alloc(0),
    sequence: positiveIntegerOf(headers['sequence']),
    count: positiveIntegerOf(headers['count']) ?? 1,
  };
}

/** A header may come several times (then it is a list), or with no value. */
function textOf(header: unknown): string | undefined {
  return Buffer.isBuffer(header) ? header.toString() : undefined;
}

function positiveIntegerOf(header: unknown): number | undefined {
  const number = Number(textOf(header));
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
