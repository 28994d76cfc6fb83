import { FilterError, type TextPosition } from '../filter-error';

/** Why an evaluation failed (CESQL 1.0, §3.3); what does not parse never gets as far and throws `FilterError`. */
export type CesqlErrorKind = 'missingAttribute' | 'missingFunction' | 'cast' | 'math' | 'functionEvaluation';

/** What went wrong when an expression was evaluated, and at which part of it. A value, never thrown. */
export interface CesqlError {
  readonly kind: CesqlErrorKind;
  readonly message: string;
  readonly position: TextPosition;
  readonly cause?: unknown;
}

/** What the parts of one expression share: the first failure of the evaluation under way, and none between two. */
export interface Failure {
  error: CesqlError | undefined;
}

/** Whether the evaluation under way has failed; then the value that was read last counts for nothing. */
export function hasFailed(failure: Failure): boolean {
  return failure.error !== undefined;
}

/** A part of an expression that can fail, and what it tells of it. */
export interface Site {
  readonly failure: Failure;
  readonly position: TextPosition;
}

/** The error of an expression that cannot be compiled. */
export function parseError(problem: string, position: TextPosition): FilterError {
  return new FilterError(`${problem} at line ${position.line}, column ${position.column}`, '', position);
}
