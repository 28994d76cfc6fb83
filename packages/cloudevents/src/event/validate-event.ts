import { AppError } from '@fanfare/core';
import type { CloudEvent } from './cloud-event';

/** One thing that is wrong with an event: the attribute (or `data`) and why. */
export interface EventProblem {
  readonly attribute: string;
  readonly reason: string;
}

/** The input is not a valid CloudEvent. The message names each attribute and why; `problems` lists the same. */
export class InvalidEventError extends AppError {
  constructor(
    readonly problems: readonly EventProblem[],
    options?: ErrorOptions,
  ) {
    super('invalid', problems.map(({ attribute, reason }) => `${attribute}: ${reason}`).join('; '), options);
  }
}

/** All that is wrong with `candidate` as a CloudEvent 1.0 in memory; empty when it is valid. */
export function findEventProblems(candidate: unknown): readonly EventProblem[] {
  throw new AppError('internal', `not written yet: ${String(candidate)}`);
}

/** Returns the same value as an event; throws `InvalidEventError` naming each wrong attribute. */
export function assertEvent(candidate: unknown): asserts candidate is CloudEvent {
  const problems = findEventProblems(candidate);
  if (problems.length > 0) throw new InvalidEventError(problems);
}
