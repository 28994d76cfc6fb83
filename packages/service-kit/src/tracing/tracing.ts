import type { Tracer } from '@fanfare/core';

/** Where spans go, and how many. */
export interface TracingConfig {
  /** Takes OTLP in JSON by POST. */
  readonly url: string;
  /** In place of the services' own names. */
  readonly serviceName?: string | undefined;
  /** Of the traces that begin here, 0 to 1; one that a client began is shown when the client says so. */
  readonly sampleRatio: number;
  /** What waits is sent so often. */
  readonly sendEveryMs?: number;
  /** How long the collector has to take a batch, with all that is tried again. */
  readonly timeoutMs?: number;
}

/** The traces of a process. */
export interface Tracing {
  /** The tracer of one service; its name is asked for with the first span. */
  tracerOf(serviceName: () => string): Tracer;
  /** Sends what is left, for two seconds at most. Never rejects. */
  close(): Promise<void>;
}
