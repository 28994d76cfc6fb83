import { AppError } from '@fanfare/core';
import { z } from 'zod';

/** Up to ten trillion major units: far below the 2⁴⁵ from which on neighbouring doubles no longer tell cents apart. */
const maxMinor = 10 ** 15;

const maxRequestAmount = 99_999_999.99;
const tooManyDecimals = 'must have at most two decimals';

/**
 * The exact number of minor units (cents) of an amount as it is written on the wire.
 * Throws `invalid` unless the amount is what a decimal with at most two places reads as: 10.555 is refused, not rounded,
 * and so is 0.1 + 0.2, while 0.07 or 1.1, which no double holds exactly, are taken for what they say.
 */
export function toMinor(amount: number): number {
  const minor = nearestMinor(amount);
  if (!isExact(amount, minor))
    throw new AppError('invalid', `an amount ${tooManyDecimals}, unlike ${amount}`);
  return minor;
}

/** The amount to write for a whole number of minor units; sums stay exact as long as they are made of these. */
export function fromMinor(minor: number): number {
  if (!Number.isSafeInteger(minor))
    throw new AppError('invalid', `${minor} is not a whole number of minor units`);
  return minor / 100;
}

function nearestMinor(amount: number): number {
  return Math.round(amount * 100) + 0; // + 0 turns a negative zero into zero
}

/** Division is correctly rounded, so it gives the very double that the decimal `minor / 100` reads as, or a different one. */
function isExact(amount: number, minor: number): boolean {
  return minor / 100 === amount && Math.abs(minor) <= maxMinor;
}

function hasAtMostTwoDecimals(amount: number): boolean {
  return isExact(amount, nearestMinor(amount));
}

function withTwoDecimals(schema: z.ZodNumber) {
  // the metadata goes into generated JSON schemas, where the check itself cannot
  return schema.refine(hasAtMostTwoDecimals, tooManyDecimals).meta({ multipleOf: 0.01 });
}

/** A money amount in major units, from 0 to 99,999,999.99, with at most two decimals, as it is written on every wire. */
export const amount = withTwoDecimals(
  z.number().nonnegative({ abort: true }).max(maxRequestAmount, { abort: true }),
);

/** An amount that somebody shall pay: as `amount`, and greater than zero. */
export const positiveAmount = withTwoDecimals(
  z.number().positive({ abort: true }).max(maxRequestAmount, { abort: true }),
);

/** An amount of either sign and of any size that can be exact, as other programs may send it. */
export const signedAmount = withTwoDecimals(z.number());
