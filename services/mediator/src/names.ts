import { z } from 'zod';

/** Ids, names and types of whatever a mediator knows. */
export const namePattern = /^[A-Za-z0-9][\w.\-:@+]{0,63}$/;

export const nameSchema = z
  .string()
  .regex(namePattern, 'must be 1 to 64 of A-Z a-z 0-9 . _ - : @ + and begin with a letter or digit');

/** The body of actions that need nothing said. */
export const emptyBody = z.strictObject({}).default({});

/**
 * A body that may also carry fields which only the answer has, as the seed's models do: they are dropped before the
 * rest is looked at, so that what is sent back as it was read is no mistake.
 */
export function ignoring<Schema extends z.ZodType>(answerFields: readonly string[], schema: Schema) {
  const dropped = new Set(answerFields);
  return z.preprocess((body) => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
    return Object.fromEntries(Object.entries(body).filter(([field]) => !dropped.has(field)));
  }, schema);
}
