import type { CloudEvent } from '../event/cloud-event';
import type { NewEvent } from '../event/create-event';
import type { Result } from './result';

/** What one call may set for itself. */
export interface CallOptions {
  /** Ends the call; its result is then `undelivered` and not to be retried. */
  readonly signal?: AbortSignal | undefined;
  /** For the whole call, in place of the client's. */
  readonly timeoutMs?: number | undefined;
  /** Beside the client's, and before them; what carries the event wins over both. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** W3C trace context of this hop: travels as header, and in events that carry none yet as attribute. */
  readonly traceparent?: string | undefined;
}

export interface BatchResult {
  /** Ack only when each event was taken; otherwise the first that was not, retryable when any is. */
  readonly result: Result;
  /** In the order of the events. */
  readonly perEvent: readonly Result[];
}

export interface RequestResult {
  readonly result: Result;
  /** Valid; absent when the receiver answered without one. */
  readonly reply?: CloudEvent | undefined;
  /** The value in an answer that is JSON and no event. */
  readonly json?: unknown;
}

/**
 * Sends events to one receiver. No method rejects for what becomes of an event: the result says it, also for an event
 * that is not valid (`undelivered`, not retryable, its cause an `InvalidEventError`).
 *
 * Delivery is tried once. When a receiver closes an idle connection just as it is used again the result is
 * `undelivered` and retryable like any lost connection; `withRetry` covers it.
 */
export interface Client {
  /** Sends one event. Redirects are not followed: they are nacks. */
  send(event: NewEvent, options?: CallOptions): Promise<Result>;
  /** Sends several in one request; those that are not valid stay behind, and the result says so of each. */
  sendBatch(events: readonly NewEvent[], options?: CallOptions): Promise<BatchResult>;
  /** Sends one event and reads the event, or the JSON, in the answer. An answer that holds an invalid one is a nack. */
  request(event: NewEvent, options?: CallOptions): Promise<RequestResult>;
  /** Takes no more calls, waits for those under way, and lets go of the connections. Idempotent. */
  close(): Promise<void>;
  /** How long a call may take that does not say so itself. */
  readonly timeoutMs: number;
}
