/** How far a key has come in its window of time. */
export interface WindowCount {
  /** Calls in this window, this one included. */
  readonly count: number;
  readonly endsInMs: number;
}

/**
 * Counts calls by key. The window of a key begins with its first call and ends after a fixed time; its next window begins with
 * the first call after that. So no window holds more than it may, wherever a client's minute begins.
 */
export interface WindowCounter {
  /** Counts one more. Throws `unavailable` when the server that counts is away or slow. */
  count(key: string): Promise<WindowCount> | WindowCount;
  close(): Promise<void>;
}
