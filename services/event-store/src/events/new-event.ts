import { createEvent, type CloudEvent } from '@fanfare/cloudevents';
import { resolveEventType } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';

/** What is known of an event before it has its envelope. */
export interface EventParts {
  readonly id?: string | undefined;
  /** A name, an alias or a full type. */
  readonly type: string;
  readonly data?: unknown;
  readonly source?: string | undefined;
  readonly subject?: string | undefined;
  /** RFC 3339, kept as it is. */
  readonly timestamp?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Free; kept as a JSON text in the extension `metadata`. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

const ownSource = '/event-store';

/**
 * Makes the event that is stored. It becomes the beginning of a correlation when it has none. Throws `InvalidEventError`
 * when it is no valid CloudEvent.
 */
export function newEvent(
  parts: EventParts,
  { clock, newId }: { readonly clock: Clock; readonly newId: () => string },
): CloudEvent {
  const {
    id = newId(),
    type,
    data,
    source = ownSource,
    subject = id,
    correlationId = id,
    causationId,
  } = parts;
  return createEvent(
    {
      id,
      type: resolveEventType(type),
      source,
      subject,
      ...(parts.timestamp !== undefined && { time: parts.timestamp }),
      datacontenttype: 'application/json',
      correlationid: correlationId,
      ...(causationId !== undefined && { causationid: causationId }),
      ...(parts.traceparent !== undefined && { traceparent: parts.traceparent }),
      ...(parts.metadata && { metadata: JSON.stringify(parts.metadata) }),
      ...(data !== undefined && { data }),
    },
    { clock, newId },
  );
}
