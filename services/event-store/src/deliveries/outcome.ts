/** What became of one attempt to deliver an event. */
export type Outcome = Delivered | Failed;

export interface Delivered {
  readonly result: 'delivered';
  /** Null without HTTP. */
  readonly statusCode: number | null;
  readonly durationMs: number;
}

export interface Failed {
  readonly result: 'failed';
  /** Null when nobody answered. */
  readonly statusCode: number | null;
  readonly durationMs: number;
  readonly error: string;
  /** What the receiver asks for. */
  readonly retryAfterMs: number | null;
  /**
   * `event`: it cannot be delivered as it is, however often it is tried; `receiver`: it may be taken later; `aborted`: we
   * gave up waiting, which says nothing about either, and it is as if it had not been tried.
   */
  readonly fault: 'event' | 'receiver' | 'aborted';
}

/** The receiver says that it wants no events any more (RFC 9110 §15.5.11). */
export function isGone({ statusCode }: Outcome): boolean {
  return statusCode === 410;
}

/** Whether it is as if it had not been tried. */
export function isAborted(outcome: Outcome): boolean {
  return outcome.result === 'failed' && outcome.fault === 'aborted';
}

/** An attempt that ended before anything went out, or without HTTP. */
export function failedBecause(error: unknown, fault: Failed['fault'], durationMs = 0): Failed {
  return {
    result: 'failed',
    statusCode: null,
    durationMs,
    error: error instanceof Error ? error.message : String(error),
    retryAfterMs: null,
    fault,
  };
}
