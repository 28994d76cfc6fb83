import type { CloudEvent } from '@fanfare/cloudevents';

/** The place in a trace that an event says it has; undefined when it says nothing. */
export function traceparentOf(event: CloudEvent): string | undefined {
  const traceparent: unknown = event['traceparent'];
  return typeof traceparent === 'string' ? traceparent : undefined;
}
