import fc from 'fast-check';
import { planRetry } from './plan-retry';

const timing = { maxAttempts: 10, delayMs: 1_000, factor: 2, maxDelayMs: 60_000 };
const away = { fault: 'receiver', retryAfterMs: null } as const;
const whole = () => 1;

describe('planning a retry', () => {
  it('doubles the delay with each attempt, up to the longest', () => {
    const delays = [1, 2, 3, 6, 7, 9].map((attempts) => planRetry(timing, attempts, away, whole));

    expect(delays).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  it('leaves out at most half of the delay', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, share) => {
          const full = planRetry(timing, attempts, away, whole) ?? 0;
          const delay = planRetry(timing, attempts, away, () => share) ?? 0;
          expect(delay).toBeGreaterThanOrEqual(full / 2);
          expect(delay).toBeLessThanOrEqual(full);
        },
      ),
    );
  });

  it('waits as long as the receiver asks for, but no longer than an hour', () => {
    expect(planRetry(timing, 1, { ...away, retryAfterMs: 5_000 }, whole)).toBe(5_000);
    expect(planRetry(timing, 1, { ...away, retryAfterMs: 10 }, whole)).toBe(1_000);
    expect(planRetry(timing, 1, { ...away, retryAfterMs: 86_400_000 }, whole)).toBe(3_600_000);
  });

  it('gives up after the last attempt', () => {
    expect(planRetry({ ...timing, maxAttempts: 3 }, 2, away, whole)).toBe(2_000);
    expect(planRetry({ ...timing, maxAttempts: 3 }, 3, away, whole)).toBeNull();
  });

  it('gives up at once an event that can never be delivered', () => {
    expect(planRetry(timing, 1, { fault: 'event', retryAfterMs: null }, whole)).toBeNull();
  });
});
