import { afterFailure, afterSuccess, breakerAt, closedBreaker, type Breaker } from './breaker';

const settings = { failures: 3, openMs: 60_000, maxDelayMs: 60_000 };
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);

/** Runs `f`ailures and `s`uccesses, each at its second. */
function run(...steps: readonly (readonly ['f' | 's', number])[]): Breaker {
  return steps.reduce<Breaker>(
    (breaker, [step, second]) =>
      step === 's' ? afterSuccess(breaker) : afterFailure(breaker, settings, at(second)),
    closedBreaker,
  );
}

describe('the circuit breaker', () => {
  it.each([
    ['stays closed below its number of failures', run(['f', 0], ['f', 1]), 2, 'closed', 2],
    ['opens at its number of failures in a row', run(['f', 0], ['f', 1], ['f', 2]), 3, 'open', 3],
    ['begins to count anew after a success', run(['f', 0], ['f', 1], ['s', 2], ['f', 3]), 4, 'closed', 1],
    ['stays open until its time is over', run(['f', 0], ['f', 1], ['f', 2]), 61, 'open', 3],
    ['is half-open when its time is over', run(['f', 0], ['f', 1], ['f', 2]), 62, 'half-open', 3],
    ['closes when the probe succeeds', run(['f', 0], ['f', 1], ['f', 2], ['s', 62]), 63, 'closed', 0],
    ['opens again when the probe fails', run(['f', 0], ['f', 1], ['f', 2], ['f', 62]), 121, 'open', 4],
    ['asks again after the probe failed', run(['f', 0], ['f', 1], ['f', 2], ['f', 62]), 122, 'half-open', 4],
    [
      'is not kept open by what was under way',
      run(['f', 0], ['f', 1], ['f', 2], ['f', 30]),
      62,
      'half-open',
      4,
    ],
  ] as const)('%s', (_title, breaker, second, state, failureCount) => {
    expect(breakerAt(breaker, at(second))).toMatchObject({ state, failureCount });
  });

  it('tells since when it fails, when it failed last, when it asks again, and how often it succeeded', () => {
    expect(run(['s', 0], ['s', 1], ['f', 2], ['f', 3], ['f', 4])).toEqual({
      state: 'open',
      failureCount: 3,
      successCount: 2,
      lastFailureAt: at(4),
      failingSince: at(2),
      nextAttemptAt: at(64),
    });
  });

  it.each([
    ['the first failure of an outage', run(['f', 0], ['f', 3_000], ['f', 6_000]), 0],
    ['the first failure after a success', run(['f', 0], ['s', 1], ['f', 2]), 2],
    ['the first failure after a long time without a try', run(['f', 0], ['f', 1], ['f', 3_700]), 3_700],
  ])('fails since %s', (_title, { failingSince }, second) => {
    expect(failingSince).toEqual(at(second));
  });
});
