import type { Span } from '@fanfare/core';
import type { Incoming, IncomingEvent } from '../events/event-codec';
import { readTracedEvent, startEventSpans, type TracedEvent } from '../events/event-spans';
import type { MessagingObserver } from '../messaging-observer';
import type { Verdict } from '../parked/retry-policy';
import type { Outcome } from './destination';

export interface TraceAttemptsOptions {
  readonly topic: string;
  readonly group: string;
  readonly observer: Pick<MessagingObserver, 'tracer'>;
}

/**
 * Shows in the trace of each event what a group made of it. An attempt that counts for nothing (a dependency was away, or
 * another event of the batch failed) is not shown: its span never ends.
 */
export interface AttemptTracing {
  /** The same items, with the spans of their attempts when traces are on. */
  begin(items: readonly Incoming[]): readonly Incoming[];
  applied(items: readonly Incoming[], outcomes: readonly Outcome[]): void;
  failed(item: IncomingEvent, verdict: Verdict, error: unknown): void;
  /** Bytes that are no event, or were given up. */
  dead(body: Buffer, verdict: Pick<Verdict, 'attempts' | 'reason'>): void;
}

export function traceAttempts({ topic, group, observer: { tracer } }: TraceAttemptsOptions): AttemptTracing {
  const attributes = { 'messaging.consumer.group.name': group };

  function startProcessing(events: readonly TracedEvent[]): readonly Span[] {
    const options = { operation: 'process', topic, kind: 'consumer', attributes } as const;
    return tracer ? startEventSpans(tracer, options, events) : [];
  }

  function showDead(event: TracedEvent, { attempts, reason }: Pick<Verdict, 'attempts' | 'reason'>): void {
    if (!tracer || event.traceparent === undefined) return;
    const details = { ...attributes, 'fanfare.attempts': attempts, 'fanfare.reason': reason };
    const options = { operation: 'dead-letter', topic, kind: 'internal', attributes: details } as const;
    for (const span of startEventSpans(tracer, options, [event])) span.end();
  }

  return {
    begin(items) {
      if (!tracer) return items;
      const spans = startProcessing(
        items.flatMap((item) => (item.kind === 'event' ? item.event : [])),
      ).values();
      return items.map((item) => (item.kind === 'event' ? { ...item, attempt: spans.next().value } : item));
    },
    applied(items, outcomes) {
      if (!tracer) return;
      const events = new Set(
        outcomes.flatMap((outcome) => (outcome.result === 'applied' ? outcome.events : [])),
      );
      for (const item of items) if (item.kind === 'event' && events.has(item.event)) item.attempt?.end();
    },
    failed({ event, attempt }, verdict, error) {
      attempt?.end(error);
      if (verdict.nextAttemptAt === null) showDead(event, verdict);
    },
    dead(body, verdict) {
      if (tracer) showDead(readTracedEvent(body), verdict);
    },
  };
}
