import type { CloudEvent } from '@fanfare/cloudevents';
import { resolveEventType } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import { newEvent, type EventParts } from './new-event';

/** An event that is to be taken in. */
export interface IncomingEvent {
  readonly event: CloudEvent;
  /** Attributes that its sender has left to us, and that therefore make no other event of it when it is sent again. */
  readonly filledIn: readonly string[];
}

export interface IncomingEventOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly traceparent: string;
}

/** Throws `InvalidEventError`. */
export function fromEventParts(parts: EventParts, options: IncomingEventOptions): IncomingEvent {
  const event = newEvent({ ...parts, traceparent: options.traceparent }, options);
  return { event, filledIn: parts.timestamp === undefined ? ['traceparent', 'time'] : ['traceparent'] };
}

/** Adds to a CloudEvent what the service relies on; everything else stays as it came. */
export function fromCloudEvent(
  event: CloudEvent,
  { traceparent }: Pick<IncomingEventOptions, 'traceparent'>,
): IncomingEvent {
  const { id, subject = id, correlationid = id } = event;
  return {
    event: { traceparent, ...event, type: resolveEventType(event.type), subject, correlationid },
    filledIn: event['traceparent'] === undefined ? ['traceparent'] : [],
  };
}
