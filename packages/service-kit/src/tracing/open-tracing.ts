import { toError, type Clock } from '@fanfare/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logging/logger';
import { createTracer } from './create-tracer';
import type { Tracing, TracingConfig } from './tracing';

export interface OpenTracingOptions extends TracingConfig {
  readonly clock: Clock;
  readonly logger: Logger;
}

const closeWithinMs = 2_000;
const logFailuresEveryMs = 60_000;

/**
 * Sends spans to a collector, in batches, over OTLP/HTTP. While it is away a bounded number waits and the others are
 * dropped: nobody ever waits for it. OpenTelemetry is loaded here and nowhere else, so that only who traces loads it.
 */
export async function openTracing(options: OpenTracingOptions): Promise<Tracing> {
  const { url, serviceName, sampleRatio, sendEveryMs = 1_000, timeoutMs = 10_000, clock } = options;
  const [
    api,
    sdk,
    { OTLPTraceExporter },
    { defaultResource, detectResources, envDetector, resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = tellFailures(new OTLPTraceExporter({ url, timeoutMillis: timeoutMs }), options);
  const processor = new sdk.BatchSpanProcessor(exporter, { scheduledDelayMillis: sendEveryMs });
  const sampler = new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sampleRatio) });
  const environment = defaultResource().merge(detectResources({ detectors: [envDetector] }));
  return {
    tracerOf: (nameOf) =>
      createTracer({
        api,
        clock,
        open() {
          const name = nameOf();
          const resource = environment.merge(resourceFromAttributes({ 'service.name': serviceName ?? name }));
          return new sdk.BasicTracerProvider({ resource, sampler, spanProcessors: [processor] }).getTracer(
            name,
          );
        },
      }),
    async close() {
      const waited = new AbortController();
      const closed = processor.shutdown().catch(() => undefined);
      await Promise.race([closed, clock.sleep(closeWithinMs, waited.signal)]);
      waited.abort();
    },
  };
}

/** The same exporter, which says once in a while that it cannot send. */
function tellFailures(exporter: SpanExporter, { url, clock, logger }: OpenTracingOptions): SpanExporter {
  let toldAtMs = -Infinity;
  let lost = 0;

  function tell(error: unknown): void {
    if (clock.elapsedMs() - toldAtMs < logFailuresEveryMs) return;
    toldAtMs = clock.elapsedMs();
    logger.warn({ url, err: toError(error), spans: lost }, 'spans cannot be sent and are lost');
    lost = 0;
  }

  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error) {
          lost += spans.length;
          tell(result.error);
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
