import { z } from 'zod';
import { createFastCheck } from './fast-check';

/**
 * A CloudEvent 1.0 in its JSON form, the shape of every event on every wire of Fanfare
 * (https://github.com/cloudevents/spec, v1.0.2, with the partitioning and distributed-tracing extensions).
 */
export interface CloudEvent<Data = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  /** URI reference of the producer, `/order-service`. */
  readonly source: string;
  /** Reverse-DNS name with a version, `com.fanfare.order.created.v1`. */
  readonly type: string;
  /** Id of the aggregate. */
  readonly subject?: string | undefined;
  /** RFC 3339, UTC, milliseconds. */
  readonly time?: string | undefined;
  readonly datacontenttype?: string | undefined;
  readonly dataschema?: string | undefined;
  /** Events with the same key are applied in order by every group; the subject when absent. */
  readonly partitionkey?: string | undefined;
  /** The request, or the first event, that everything with the same value follows from. */
  readonly correlationid?: string | undefined;
  /** Id of the event that this one follows from. */
  readonly causationid?: string | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  readonly data: Data;
}

/** What a request or an event hands on to the events that follow from it. */
export interface TraceContext {
  readonly correlationid: string;
  readonly causationid?: string | undefined;
  readonly traceparent: string;
}

/** What the events that follow from this one carry on. An event that belongs to no trace is the beginning of one. */
export function traceAfter(
  { id, correlationid, traceparent }: Pick<CloudEvent, 'id' | 'correlationid' | 'traceparent'>,
  newId: () => string,
): TraceContext {
  return {
    correlationid: correlationid ?? id,
    causationid: id,
    traceparent: traceparent ?? newTraceparent(newId().replaceAll('-', '')),
  };
}

function newTraceparent(hex: string): string {
  return `00-${hex}-${hex.slice(16)}-00`;
}

/** Of attributes that are kept in columns and keys, whoever keeps them. */
export const maxAttributeLength = 255;

const text = z.string().min(1);
const keptText = text.max(maxAttributeLength);

/** Tolerant: unknown extension attributes are kept. Data is checked by the event's own definition. */
export const cloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: text.max(128),
  source: keptText,
  type: keptText,
  subject: keptText.optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: text.optional(),
  dataschema: text.optional(),
  partitionkey: keptText.optional(),
  correlationid: keptText.optional(),
  causationid: keptText.optional(),
  traceparent: text.max(64).optional(),
  data: z.unknown(),
});

const isPlainEvent = createFastCheck(cloudEventSchema);

/** Checks an envelope, as `cloudEventSchema.parse` does. Throws a `ZodError`. */
export function parseCloudEvent(json: unknown): CloudEvent {
  return isPlainEvent(json) ? json : cloudEventSchema.parse(json);
}

/** The key that orders an event among its neighbours. */
export function partitionKeyOf(event: CloudEvent): string {
  return event.partitionkey ?? event.subject ?? event.id;
}
