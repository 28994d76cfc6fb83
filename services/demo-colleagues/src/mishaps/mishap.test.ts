import { createDraw } from './draw';
import { chooseMishap, type Mishap, type Rates } from './mishap';

const rates: Rates = { failureRate: 0.2, timeoutRate: 0.05, duplicateRate: 0.05 };

function chooseMany(kind: 'do' | 'undo', chosenRates: Rates, seed = 1): readonly Mishap[] {
  const draw = createDraw(seed);
  return Array.from({ length: 10_000 }, (_, number) =>
    chooseMishap({ id: `command-${number}`, attempt: '1', kind }, chosenRates, draw),
  );
}

function shareOf(mishaps: readonly Mishap[], ...kinds: readonly Mishap[]): number {
  return mishaps.filter((mishap) => kinds.includes(mishap)).length / mishaps.length;
}

describe('what goes wrong', () => {
  it('does so as often as the rates say', () => {
    const mishaps = chooseMany('do', rates);

    expect(shareOf(mishaps, 'refusal')).toBeCloseTo(0.1, 2);
    expect(shareOf(mishaps, 'refusal', 'outage')).toBeCloseTo(0.2, 2);
    expect(shareOf(mishaps, 'late-answer', 'late-effect')).toBeCloseTo(0.05, 2);
    expect(shareOf(mishaps, 'late-effect')).toBeGreaterThan(0);
    expect(shareOf(mishaps, 'double-answer')).toBeCloseTo(0.05, 2);
    expect(shareOf(mishaps, 'none')).toBeCloseTo(0.7, 2);
  });

  it('is nothing at rates of 0, and everything at 1', () => {
    const never = { failureRate: 0, timeoutRate: 0, duplicateRate: 0 };

    expect(shareOf(chooseMany('do', never), 'none')).toBe(1);
    expect(shareOf(chooseMany('do', { ...never, duplicateRate: 1 }), 'double-answer')).toBe(1);
    expect(shareOf(chooseMany('undo', { ...never, failureRate: 1 }), 'outage')).toBe(1);
  });

  it('is never that something is not taken back', () => {
    expect(shareOf(chooseMany('undo', rates), 'refusal')).toBe(0);
  });

  it('is the same again with the same seed, another with another, and another at the next attempt', () => {
    const draw = createDraw(1);
    const attempt = (number: string) =>
      chooseMany('do', rates).filter(
        (mishap, index) =>
          mishap === chooseMishap({ id: `command-${index}`, attempt: number, kind: 'do' }, rates, draw),
      ).length;

    expect(chooseMany('do', rates)).toEqual(chooseMany('do', rates));
    expect(chooseMany('do', rates, 2)).not.toEqual(chooseMany('do', rates));
    expect(attempt('1')).toBe(10_000);
    expect(attempt('2')).toBeLessThan(10_000);
  });
});
