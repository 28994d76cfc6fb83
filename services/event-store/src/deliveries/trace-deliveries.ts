import type { Span, Tracer } from '@fanfare/core';
import { traceparentOf } from '../events/traceparent-of';
import type { Observer } from '../observers/observer';
import type { Outcome } from './outcome';
import type { Attempt, Sender } from './sender';

/** The same sender, each of whose attempts is a span in the trace of its event; what was aborted was none. */
export function traceDeliveries(sender: Sender, { id }: Pick<Observer, 'id'>, tracer: Tracer): Sender {
  function startSpan({ logged, attempt, isReplay = false }: Attempt): Span {
    return tracer.startSpan('deliver', {
      parent: traceparentOf(logged.event),
      kind: 'client',
      attributes: {
        'messaging.operation.name': 'deliver',
        'messaging.message.id': logged.event.id,
        'cloudevents.event_type': logged.event.type,
        'fanfare.observer.id': id,
        'fanfare.position': logged.position,
        'fanfare.attempts': attempt,
        'fanfare.replay': isReplay ? true : undefined,
      },
    });
  }

  return {
    async send(attempts, signal) {
      const spans = attempts.map(startSpan);
      const traced = attempts.map((attempt, index) => ({
        ...attempt,
        traceparent: spans[index]?.traceparent,
      }));
      const outcomes = await sender.send(traced, signal);
      for (const [index, span] of spans.entries()) endSpan(span, outcomes[index]);
      return outcomes;
    },
    close: () => sender.close(),
  };
}

function endSpan(span: Span, outcome: Outcome | undefined): void {
  if (!outcome) return;
  span.set({ 'http.response.status_code': outcome.statusCode ?? undefined });
  if (outcome.result === 'delivered') span.end();
  else if (outcome.fault !== 'aborted') span.end(new Error(outcome.error));
}
