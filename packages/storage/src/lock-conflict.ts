import { AppError } from '@fanfare/core';

/** Two transactions stood in each other's way and the database gave up one: it may simply be run again. */
export class LockConflictError extends AppError {
  constructor(options: ErrorOptions) {
    super('conflict', 'the same data is being changed by others, try again', options);
  }
}
