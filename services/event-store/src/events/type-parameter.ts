import { AppError } from '@fanfare/core';
import { z } from 'zod';
import { parseTypePattern } from './type-pattern';

/** A type parameter: a name, a full type, an alias, or a pattern. */
export const typePattern = z.string().transform((text, context) => {
  try {
    return parseTypePattern(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});
