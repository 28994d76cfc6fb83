import { Counter, Histogram, Registry } from 'prom-client';
import { createPrometheusMetrics, type MetricFactory } from './metrics';

function createFactory(registry: Registry): MetricFactory {
  const registers = [registry];
  return {
    counter: ({ name, help, labels }) => new Counter({ name, help, labelNames: labels, registers }),
    histogram: ({ name, help, labels }) => new Histogram({ name, help, labelNames: labels, registers }),
  };
}

describe('createPrometheusMetrics', () => {
  it('counts and times sent and received events under the promised names', async () => {
    const registry = new Registry();
    const metrics = createPrometheusMetrics(createFactory(registry));

    metrics.sent('ack', 0.25);
    metrics.sent('ack', 0.5);
    metrics.sent('undelivered', 10);
    metrics.received('order.created', 'handled', 0.125);

    const lines = (await registry.metrics()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'cloudevents_sent_total{outcome="ack"} 2',
        'cloudevents_sent_total{outcome="undelivered"} 1',
        'cloudevents_send_duration_seconds_sum{outcome="ack"} 0.75',
        'cloudevents_send_duration_seconds_count{outcome="undelivered"} 1',
        'cloudevents_received_total{type="order.created",outcome="handled"} 1',
        'cloudevents_handle_duration_seconds_sum{outcome="handled"} 0.125',
      ]),
    );
  });
});
