/** What a piece of work is to others (OpenTelemetry's kinds of spans). */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** What is known of a span, by the names of OpenTelemetry's semantic conventions where there is one. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** The `traceparent` of what it follows from; without one, or with a malformed one, it begins a trace. */
  readonly parent?: string | undefined;
  /** `internal` unless given. */
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  /** The `traceparent` of what else it has to do with. */
  readonly links?: readonly string[];
}

/** One piece of work in a trace. One that never ends is never shown. */
export interface Span {
  /** Its place in the trace, for what follows from it (https://www.w3.org/TR/trace-context/). */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  /** Ends it, with what it failed with when it failed. */
  end(error?: unknown): void;
}

/** Begins spans. Where nothing is traced there is no tracer, so that `tracer?.startSpan(…)` costs a branch. Never throws. */
export interface Tracer {
  startSpan(name: string, options?: SpanOptions): Span;
}

/** Ends `span`, if there is one, when `work` has ended, and answers as `work` does. */
export function endWith<T>(span: Span | undefined, work: Promise<T>): Promise<T> {
  return span === undefined ? work : endAfter(span, work);
}

async function endAfter<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
