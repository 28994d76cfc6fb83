/** Any 2xx: the receiver has taken responsibility for the event. */
export interface Ack {
  readonly outcome: 'ack';
  readonly status: number;
}

/** The receiver answered, and did not take it: 3xx, 4xx, 5xx, or a reply that is no valid event. */
export interface Nack {
  readonly outcome: 'nack';
  readonly status: number;
  /** Whether the same event may be taken later: 408, 425, 429 and 5xx (see `isRetryableStatus`). */
  readonly retryable: boolean;
  /** What `Retry-After` asks for, in milliseconds from the answer. */
  readonly retryAfterMs?: number | undefined;
  readonly cause: Error;
}

/** Nobody answered: no connection, DNS, time limit, abort, or a connection that broke before an answer. */
export interface Undelivered {
  readonly outcome: 'undelivered';
  /** False when the caller aborted it or the event itself could not be encoded. */
  readonly retryable: boolean;
  readonly cause: Error;
}

/** What happened to an event that was sent. */
export type Result = Ack | Nack | Undelivered;
