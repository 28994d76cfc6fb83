import { AppError } from '@fanfare/core';

const namePattern = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * Refuses, with `invalid`, a topic or group that some broker could not carry or would confuse with another: names are
 * joined with dots into names of queues and exchanges, so they have none themselves.
 */
export function assertBusName(kind: 'topic' | 'group', name: string): void {
  if (!namePattern.test(name)) {
    throw new AppError('invalid', `the ${kind} "${name}" must be 1 to 100 letters, digits, "_" or "-"`);
  }
}
