import type { Result } from './client/result';

/** How the handling of a received event ended; `filtered` and `duplicate` ones never reached the handler. */
export type ReceivedOutcome = 'handled' | 'failed' | 'rejected' | 'filtered' | 'duplicate';

/** What a client tells of each event that it sent. */
export interface SendMetrics {
  /** `seconds` run from the call to the result; the events of one batch share them. */
  sent(outcome: Result['outcome'], seconds: number): void;
}

/** What a receiver tells of each event that it was sent. */
export interface ReceiveMetrics {
  /** `type` comes from outside: whoever makes it a label trusts the senders to use few. */
  received(type: string, outcome: ReceivedOutcome, seconds: number): void;
}

/** The name and the labels of a metric, as Prometheus libraries want them. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** The two kinds of metric that are needed of a Prometheus library. */
export interface MetricFactory {
  counter(definition: MetricDefinition): { inc(labels: Record<string, string>): void };
  histogram(definition: MetricDefinition): { observe(labels: Record<string, string>, value: number): void };
}

/**
 * Counts and times what clients and receivers do, under names that stay:
 * `cloudevents_sent_total{outcome}`, `cloudevents_send_duration_seconds{outcome}`,
 * `cloudevents_received_total{type,outcome}` and `cloudevents_handle_duration_seconds{outcome}`.
 *
 * Call it once per registry and share what it returns.
 */
export function createPrometheusMetrics(factory: MetricFactory): SendMetrics & ReceiveMetrics {
  const sent = factory.counter({
    name: 'cloudevents_sent_total',
    help: 'Events sent, by what happened to them.',
    labels: ['outcome'],
  });
  const sendSeconds = factory.histogram({
    name: 'cloudevents_send_duration_seconds',
    help: 'Time from sending an event to its result.',
    labels: ['outcome'],
  });
  const received = factory.counter({
    name: 'cloudevents_received_total',
    help: 'Events received, by their type and by how their handling ended.',
    labels: ['type', 'outcome'],
  });
  const handleSeconds = factory.histogram({
    name: 'cloudevents_handle_duration_seconds',
    help: 'Time from the receipt of an event to the end of its handling.',
    labels: ['outcome'],
  });
  return {
    sent(outcome, seconds) {
      sent.inc({ outcome });
      sendSeconds.observe({ outcome }, seconds);
    },
    received(type, outcome, seconds) {
      received.inc({ type, outcome });
      handleSeconds.observe({ outcome }, seconds);
    },
  };
}
