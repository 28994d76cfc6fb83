/** How the delay between tries grows. */
export interface BackoffPolicy {
  /** Ceiling of the first delay. */
  readonly firstMs: number;
  /** No delay is longer than this. */
  readonly maxMs: number;
  /** How many times longer each ceiling is than the one before; 2 unless said. */
  readonly factor?: number;
}

/**
 * The delay before the next try after `failures` (1 or more) failed ones: a random share of a ceiling that grows,
 * "full jitter", so that many clients that failed together do not come back together
 * (M. Brooker, "Exponential Backoff And Jitter", 2015). At least a tenth of the ceiling, so it never spins.
 */
export function computeBackoffDelayMs(
  failures: number,
  { firstMs, maxMs, factor = 2 }: BackoffPolicy,
  random: () => number = Math.random,
): number {
  const ceilingMs = Math.min(maxMs, firstMs * factor ** Math.min(failures - 1, 30));
  return Math.round(ceilingMs * (0.1 + 0.9 * random()));
}
