import { toError, type Clock, type Span, type SpanKind, type Tracer } from '@fanfare/core';
import type * as OpenTelemetry from '@opentelemetry/api';
import { parseTraceParent } from '../http/trace';

export interface TracerDeps {
  readonly clock: Clock;
  /** Handed in, because its module is loaded only by who traces. */
  readonly api: Pick<typeof OpenTelemetry, 'ROOT_CONTEXT' | 'SpanKind' | 'SpanStatusCode' | 'trace'>;
  /** Makes the tracer below, with the first span. */
  readonly open: () => OpenTelemetry.Tracer;
}

/** A tracer on top of OpenTelemetry's. */
export function createTracer({ clock, api, open }: TracerDeps): Tracer {
  const { ROOT_CONTEXT, SpanStatusCode, trace } = api;
  const kinds = toKinds(api);
  const now = createTime(clock);
  let tracer: OpenTelemetry.Tracer | undefined;

  function toSpan(span: OpenTelemetry.Span): Span {
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      set(attributes) {
        span.setAttributes(attributes);
      },
      end(failure) {
        if (failure !== undefined) {
          const error = toError(failure);
          span.setAttribute('error.type', error.name);
          span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
        }
        span.end(now());
      },
    };
  }

  return {
    startSpan(name, { parent, kind = 'internal', attributes, links = [] } = {}) {
      tracer ??= open();
      const options = {
        kind: kinds[kind],
        startTime: now(),
        ...(attributes && { attributes }),
        links: links.flatMap((link) => contextOf(link) ?? []).map((context) => ({ context })),
      };
      const followed = contextOf(parent);
      const context = followed ? trace.setSpanContext(ROOT_CONTEXT, followed) : ROOT_CONTEXT;
      return toSpan(tracer.startSpan(name, options, context));
    },
  };
}

function toKinds({ SpanKind: kind }: Pick<typeof OpenTelemetry, 'SpanKind'>) {
  return {
    internal: kind.INTERNAL,
    server: kind.SERVER,
    client: kind.CLIENT,
    producer: kind.PRODUCER,
    consumer: kind.CONSUMER,
  } satisfies Readonly<Record<SpanKind, OpenTelemetry.SpanKind>>;
}

function contextOf(traceparent: string | undefined): OpenTelemetry.SpanContext | undefined {
  const parent = parseTraceParent(traceparent);
  if (!parent) return undefined;
  const { traceId, spanId, flags } = parent;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

/** How far the wall clock may have gone its own way before it is asked again. */
const driftMs = 50;

/**
 * The time of day in the resolution of `elapsedMs`: of spans that begin within the same millisecond one sees the order,
 * and none is longer than what it is part of.
 */
function createTime(clock: Clock): () => OpenTelemetry.HrTime {
  let originMs = clock.now().getTime() - clock.elapsedMs();
  return () => {
    const elapsedMs = clock.elapsedMs();
    const wallMs = clock.now().getTime();
    if (Math.abs(wallMs - originMs - elapsedMs) > driftMs) originMs = wallMs - elapsedMs;
    const timeMs = originMs + elapsedMs;
    const seconds = Math.floor(timeMs / 1_000);
    return [seconds, Math.round((timeMs - seconds * 1_000) * 1_000_000)];
  };
}
