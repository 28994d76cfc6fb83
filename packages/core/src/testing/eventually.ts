export interface EventuallyOptions {
  /** How long the assertion may keep failing before its last error is thrown. */
  readonly timeoutMs?: number;
  /** How long to wait between two looks. */
  readonly everyMs?: number;
}

/**
 * Looks again and again until `assertion` no longer throws, and returns what it returned.
 * The way tests wait: for a condition, never for a time. Throws the last error when `timeoutMs` is over.
 */
export async function eventually<T>(
  assertion: () => T | Promise<T>,
  { timeoutMs = 60_000, everyMs = 10 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
