import type { SpanOptions, Tracer } from '@fanfare/core';

/** A span that ended. */
export interface RecordedSpan extends SpanOptions {
  readonly name: string;
  readonly traceparent: string;
  readonly error: unknown;
}

/** Remembers spans, in the order in which they ended. */
export interface RecordingTracer extends Tracer {
  readonly spans: readonly RecordedSpan[];
}

export function createRecordingTracer(): RecordingTracer {
  const spans: RecordedSpan[] = [];
  let begun = 0;
  return {
    spans,
    startSpan(name, options = {}) {
      begun += 1;
      const traceId = options.parent?.split('-')[1] ?? 'f'.repeat(32);
      const traceparent = `00-${traceId}-${String(begun).padStart(16, '0')}-01`;
      return {
        traceparent,
        set: () => undefined,
        end: (error) => void spans.push({ ...options, name, traceparent, error }),
      };
    },
  };
}
