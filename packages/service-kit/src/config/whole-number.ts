import { z } from 'zod';

/** A whole number in decimal digits, as variables and query parameters carry it. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .refine((text) => /^\d{1,16}$/.test(text) && Number(text) >= min && Number(text) <= max, message)
    .transform(Number)
    .meta({ type: 'integer', minimum: min, maximum: max });
}
