import {
  createPrometheusMetrics,
  type CloudEvent,
  type HandlerContext,
  type Tracer,
} from '@fanfare/cloudevents';
import { Counter, Histogram, Registry } from 'prom-client';
import { lendClient } from './support/lend-client';

function prometheusMetrics(registry: Registry) {
  const registers = [registry];
  return createPrometheusMetrics({
    counter: ({ labels, ...rest }) => new Counter({ ...rest, labelNames: [...labels], registers }),
    histogram: ({ labels, ...rest }) => new Histogram({ ...rest, labelNames: [...labels], registers }),
  });
}

/** A tracing library stands here: it starts a span under `parent`, and says by which `traceparent` it goes on. */
function createTracer(spans: string[]): Tracer {
  return {
    startSpan(name, parent = '') {
      const traceparent = parent.replace(/-[\da-f]{16}-/, '-00f067aa0ba902b8-');
      return {
        traceparent,
        end: (error) => void spans.push(`${name} ${error === undefined ? 'well' : 'with an error'}`),
      };
    },
  };
}

export async function runTracingAndMetrics() {
  const registry = new Registry();
  const spans: string[] = [];
  const seen: (string | undefined)[] = [];
  const handle = (_: CloudEvent, { traceparent }: HandlerContext) => void seen.push(traceparent);
  const options = { metrics: prometheusMetrics(registry), tracer: createTracer(spans) };

  await lendClient(
    handle,
    async (client) => {
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      await client.send({ type: 'order.created', source: '/orders' }, { traceparent });
    },
    options,
  );
  return { spans, seen, metrics: await registry.metrics() };
}
