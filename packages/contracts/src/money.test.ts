import { AppError } from '@fanfare/core';
import fc from 'fast-check';
import { amount, fromMinor, positiveAmount, signedAmount, toMinor } from './money';

const minorUnits = fc.integer({ min: -(10 ** 15), max: 10 ** 15 });

describe('money', () => {
  it.each([
    [99.99, 9_999],
    [0.07, 7],
    [1.1, 110],
    [8.29, 829],
    [1.005e2, 10_050],
    [99_999_999.99, 9_999_999_999],
    [0, 0],
    [-0, 0],
    [-1.15, -115],
    [10_000_000_000_000, 10 ** 15],
  ])('takes %p for %p minor units', (written, minor) => {
    expect(toMinor(written)).toBe(minor);
  });

  it.each([10.555, 0.001, 0.1 + 0.2, 1.1 + 2.2, 1e-9, 10_000_000_000_000.01, 1e300, NaN, Infinity])(
    'refuses %p rather than rounding it',
    (written) => {
      expect(refusalOf(() => toMinor(written))).toBe('invalid');
    },
  );

  it.each([0.5, NaN, 2 ** 53])('refuses %p as a number of minor units', (minor) => {
    expect(refusalOf(() => fromMinor(minor))).toBe('invalid');
  });

  it('loses nothing on the way out and in again', () => {
    fc.assert(
      fc.property(minorUnits, (minor) => {
        expect(toMinor(Number(JSON.stringify(fromMinor(minor))))).toBe(minor + 0);
      }),
    );
  });

  it('takes exactly the numbers that are written with at most two decimals', () => {
    const limit = 10 ** 13;
    const anyAmount = fc.oneof(
      fc.double({ min: -limit, max: limit, noNaN: true }),
      minorUnits.map((minor) => minor / 100),
      minorUnits.map((minor) => minor / 1000),
      fc.tuple(minorUnits, minorUnits).map(([a, b]) => (a / 1e8 + b / 1e8) / 100),
    );

    fc.assert(
      fc.property(anyAmount, (written) => {
        expect(signedAmount.safeParse(written).success).toBe(/^-?\d+(\.\d{1,2})?$/.test(String(written)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an amount on the wire', () => {
  it('lies between zero and 99,999,999.99', () => {
    const taken = [0, 0.01, 99_999_999.99, -0.01, 100_000_000, 10.555].filter(
      (written) => amount.safeParse(written).success,
    );

    expect(taken).toEqual([0, 0.01, 99_999_999.99]);
  });

  it('is more than nothing where somebody shall pay it', () => {
    expect(positiveAmount.safeParse(0).success).toBe(false);
    expect(positiveAmount.safeParse(0.01).success).toBe(true);
  });

  it.each([
    ['-1', -1],
    ['1e9', 1e9],
    ['10.555', 10.555],
    ['"1"', '1'],
  ])('has one fault when it reads %s', (_written, value) => {
    expect(positiveAmount.safeParse(value).error?.issues).toHaveLength(1);
  });
});

/** The code of the error that `action` throws, undefined when it throws none. */
function refusalOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}
