import type { Span, SpanKind, SpanAttributes, Tracer } from '@fanfare/core';

export interface EventSpanOptions {
  /** What is done to the events; with the topic it is the name of their spans. */
  readonly operation: string;
  readonly topic: string;
  readonly kind: SpanKind;
  readonly attributes?: SpanAttributes;
}

/** What a span needs to know of an event. */
export interface TracedEvent {
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly traceparent?: string | undefined;
}

/**
 * One span for each event, in the event's own trace, right below what caused it; those of a batch are linked to its first.
 * Names and attributes are those of https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/.
 */
export function startEventSpans(
  tracer: Tracer,
  { operation, topic, kind, attributes }: EventSpanOptions,
  events: readonly TracedEvent[],
): readonly Span[] {
  const spans: Span[] = [];
  for (const { id, type, traceparent } of events) {
    const [first] = spans;
    const span = tracer.startSpan(`${operation} ${topic}`, {
      parent: traceparent,
      kind,
      links: first ? [first.traceparent] : [],
      attributes: {
        'messaging.operation.name': operation,
        'messaging.destination.name': topic,
        'messaging.message.id': id,
        'messaging.batch.message_count': events.length > 1 ? events.length : undefined,
        'cloudevents.event_type': type,
        ...attributes,
      },
    });
    spans.push(span);
  }
  return spans;
}

/** What of an event's bytes its trace needs, as far as they can be read. */
export function readTracedEvent(body: Buffer): TracedEvent {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isObject(parsed)
      ? { id: textOf(parsed['id']), type: textOf(parsed['type']), traceparent: textOf(parsed['traceparent']) }
      : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
