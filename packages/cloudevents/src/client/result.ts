/** Any 2xx: the receiver has taken responsibility for the event. */
export interface Ack {
  readonly outcome: 'ack';
  readonly status: number;
}

/** The receiver answered, and did not take it: 3xx, 4xx, 5xx, or a reply that is no valid event. */
export interface Nack {
  readonly outcome: 'nack';
  readonly status: number;
  /** Whether the same event may be taken later (see `isRetryableStatus`). */
  readonly retryable: boolean;
  /** What `Retry-After` asks for, in milliseconds from the answer. */
  readonly retryAfterMs?: number | undefined;
  /** Why, in the words of the receiver. */
  readonly reason?: string | undefined;
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

/** Whether the receiver took the event. */
export function isAck(result: Result): result is Ack {
  return result.outcome === 'ack';
}

/** Whether the receiver answered that it did not take the event. */
export function isNack(result: Result): result is Nack {
  return result.outcome === 'nack';
}

/** Whether no answer came: the receiver may or may not have seen the event. */
export function isUndelivered(result: Result): result is Undelivered {
  return result.outcome === 'undelivered';
}

/**
 * 404: the endpoint may be about to come; 409: it may be busy with the same event (both from Knative's table). Neither
 * need be soon: `withRetry` leaves them to its caller.
 * 425 is not in that table; RFC 8470 §5.2 defines it as one to repeat.
 */
const retryableClientErrors: readonly number[] = [404, 408, 409, 425, 429];

/**
 * Whether an event that was answered with `status` may be taken when it is sent again: the table of the Knative data
 * plane contract ("Event Acknowledgement and Delivery Retry"), by which an unknown code of 600 or more is retried too.
 */
export function isRetryableStatus(status: number): boolean {
  return status >= 500 || retryableClientErrors.includes(status);
}

/** One line for a log or a terminal: `nack 503, may be retried after 2 s: the queue is full`. */
export function formatResult(result: Result): string {
  if (result.outcome === 'ack') return `ack ${result.status}`;
  const head = result.outcome === 'nack' ? `nack ${result.status}` : 'undelivered';
  return `${head}, ${formatAdvice(result)}: ${toOneLine(result.cause)}`;
}

function formatAdvice(result: Nack | Undelivered): string {
  if (!result.retryable) return 'not to be retried';
  if (result.outcome === 'undelivered' || result.retryAfterMs === undefined) return 'may be retried';
  return `may be retried after ${result.retryAfterMs / 1000} s`;
}

/** Errors of some libraries have no message but a name; an answer may hold line breaks that would forge log lines. */
function toOneLine({ message, name }: Error): string {
  return (message || name).replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
