import type { Span, Tracer } from '@fanfare/core';
import type { AppendRequest, EventLog } from '@fanfare/storage';
import { traceparentOf } from '../events/traceparent-of';

/** The same log; when traces are on, each event that is appended has a span in its own. */
export function traceLog(tracer: Tracer | undefined, log: EventLog): EventLog {
  if (!tracer) return log;
  return {
    ...log,
    async append(request) {
      const spans = startSpans(tracer, request);
      try {
        const answer = await log.append(request);
        for (const span of spans) span.end();
        return answer;
      } catch (error) {
        for (const span of spans) span.end(error);
        throw error;
      }
    },
  };
}

function startSpans(tracer: Tracer, { appends }: AppendRequest): readonly Span[] {
  return appends.flatMap(({ stream, events }) =>
    events.map((event) =>
      tracer.startSpan('append', {
        parent: traceparentOf(event),
        attributes: {
          'messaging.message.id': event.id,
          'cloudevents.event_type': event.type,
          'fanfare.stream.id': stream?.id,
        },
      }),
    ),
  );
}
