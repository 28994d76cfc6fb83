import type { ConsumeMessage, Options } from 'amqplib';
import type { Delivery, Message } from '../../bus/message-bus';

/** AMQP keeps the message id in a short string. */
const maxMessageIdBytes = 255;

/** The properties under which a message travels. */
export function toProperties({ id, contentType, sequence, count }: Message): Options.Publish {
  const messageId = toMessageId(id);
  return {
    persistent: true,
    mandatory: true,
    contentType,
    ...(messageId !== undefined && { messageId }),
    headers: {
      count,
      ...(sequence === undefined ? undefined : { sequence }),
      ...(messageId === undefined && { id }),
    },
  };
}

/** An id as the property of a message; undefined for one that is too long to be one. */
export function toMessageId(id: string): string | undefined {
  const isLong = id.length > maxMessageIdBytes / 4 && Buffer.byteLength(id) > maxMessageIdBytes;
  return isLong ? undefined : id;
}

/**
 * A message as it came from the queue of `partition`, tolerant of whatever a foreign producer put beside the body:
 * its routing key, headers of other types and missing properties are no reason to refuse it.
 */
export function toDelivery({ content, properties }: ConsumeMessage, partition: number): Delivery {
  const headers: Readonly<Record<string, unknown>> = properties.headers ?? {};
  return {
    partition,
    id: textOf(headers['id']) ?? textOf(properties.messageId) ?? '',
    contentType: textOf(properties.contentType) ?? 'application/octet-stream',
    body: content,
    sequence: positiveIntegerOf(headers['sequence']),
    count: positiveIntegerOf(headers['count']) ?? 1,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function positiveIntegerOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
