import { AppError } from '@fanfare/core';

/**
 * Two transactions stood in each other's way and the database gave up one: it may simply be run again. Whoever meets it all
 * the same, as it outlived every try, finds the database away for now: nothing is wrong with what was asked for.
 */
export class LockConflictError extends AppError {
  constructor(options: ErrorOptions) {
    super('unavailable', 'the same data is being changed by others, try again', options);
  }
}
