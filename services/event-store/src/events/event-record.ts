import type { CloudEvent } from '@fanfare/cloudevents';
import { eventNameOf, liftToNewest, type CloudEvent as CataloguedEvent } from '@fanfare/contracts';
import { isNestedTooDeeply } from '@fanfare/core';
import type { LogEvent } from '@fanfare/storage';
import { z } from 'zod';

/** Whether every enabled observer that an event concerns has it, and since when. Computed when it is asked for. */
export interface Processing {
  readonly isProcessed: boolean;
  /** Null while it is not processed, and when that is so long ago that nobody knows any more. */
  readonly processedAt: Date | null;
}

const nullableText = z.string().nullable();

/** An event of the log as JSON answers show it. */
export const eventRecord = z.object({
  id: z.string(),
  position: z.int(),
  /** The name (`user.created`); a type that the catalogue does not know as it came. */
  type: z.string(),
  event_version: z.int(),
  aggregate_id: nullableText,
  aggregate_type: nullableText,
  version: z.int().nullable(),
  source: z.string(),
  subject: nullableText,
  data: z.unknown(),
  data_base64: z.string().optional(),
  datacontenttype: nullableText,
  metadata: z.record(z.string(), z.unknown()),
  /** The event's own time, as it came. */
  timestamp: z.string(),
  recorded_at: z.string(),
  correlation_id: nullableText,
  causation_id: nullableText,
  processed: z.boolean(),
  processed_at: nullableText,
  /** Its data was erased for good. */
  erased: z.literal(true).optional(),
});

export type EventRecord = z.infer<typeof eventRecord>;

/** Shows an event of the log, lifted to the newest version of its type. */
export function toEventRecord(logged: LogEvent, { isProcessed, processedAt }: Processing): EventRecord {
  const { position, stream, version, recordedAt, isErased } = logged;
  const event = liftEvent(logged);
  const { data } = event;
  const isBinary = data instanceof Uint8Array;
  return {
    id: event.id,
    position,
    type: eventNameOf(event.type),
    event_version: Number(/\.v(\d+)$/.exec(event.type)?.[1] ?? 1),
    aggregate_id: stream?.id ?? null,
    aggregate_type: stream?.type ?? null,
    version,
    source: event.source,
    subject: event.subject ?? null,
    data: isBinary ? null : (data ?? null),
    ...(isBinary && { data_base64: Buffer.from(data).toString('base64') }),
    datacontenttype: event.datacontenttype ?? null,
    metadata: metadataOf(event),
    timestamp: event.time ?? recordedAt.toISOString(),
    recorded_at: recordedAt.toISOString(),
    correlation_id: textOf(event['correlationid']),
    causation_id: textOf(event['causationid']),
    processed: isProcessed,
    processed_at: processedAt?.toISOString() ?? null,
    ...(isErased && { erased: true as const }),
  };
}

/** Shows an event of the log as a CloudEvent, with its place in the log and in its stream as extensions. */
export function toCloudEvent(logged: LogEvent): CloudEvent {
  const { position, version } = logged;
  return {
    ...liftEvent(logged),
    // a CloudEvents integer has 32 bits
    position: String(position),
    ...(version !== null && { streamversion: version }),
  };
}

/**
 * The event in the newest version of its type: old ones are never rewritten where they are stored, but lifted each time they
 * are read. One whose data is not what its type promises, which came in unchecked, stays as it is.
 */
export function liftEvent({ event, isErased }: LogEvent): CloudEvent {
  if (isErased) return event;
  try {
    return liftToNewest(event as CataloguedEvent) as CloudEvent;
  } catch (error) {
    if (error instanceof z.ZodError) return event;
    throw error;
  }
}

/** What was given as `metadata` comes back; whatever else stands in that extension is not ours to take apart. */
export function metadataOf(event: CloudEvent): Record<string, unknown> {
  const text = event['metadata'];
  if (typeof text !== 'string') return {};
  try {
    const metadata: unknown = JSON.parse(text);
    if (isNestedTooDeeply(text, metadata)) return { metadata: text };
    return isObject(metadata) ? metadata : { metadata };
  } catch {
    return { metadata: text };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
