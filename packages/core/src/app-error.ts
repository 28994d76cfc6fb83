/**
 * The closed set of reasons for which Fanfare refuses or fails. Callers act on the code, never on the message.
 *
 * - `not_found`: the thing asked for does not exist.
 * - `already_exists`: it exists and may exist only once.
 * - `invalid`: the input is wrong; the same input will always be wrong.
 * - `conflict`: the state of the thing forbids it now, or someone else changed it meanwhile.
 * - `unavailable`: a dependency is away; the same call may succeed later, and nothing is wrong with the input.
 * - `internal`: everything else, a bug or a broken machine.
 */
export type AppErrorCode =
  'not_found' | 'already_exists' | 'invalid' | 'conflict' | 'unavailable' | 'internal';

/** The HTTP status (RFC 9110 §15) that says the same as a code. */
export const httpStatusOf: Readonly<Record<AppErrorCode, number>> = {
  not_found: 404,
  already_exists: 409,
  invalid: 400,
  conflict: 409,
  unavailable: 503,
  internal: 500,
};

/** An expected failure with a code to act on. The message is safe to show to a client. */
export class AppError extends Error {
  override readonly name: string = 'AppError';

  constructor(
    readonly code: AppErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A failure that no retry can cure: in a consumer it means a dead letter at once. */
export class PermanentError extends AppError {
  override readonly name = 'PermanentError';

  constructor(message: string, options?: ErrorOptions) {
    super('invalid', message, options);
  }
}

/** Whether `error` is an `AppError` with this code. */
export function hasCode(error: unknown, code: AppErrorCode): error is AppError {
  return error instanceof AppError && error.code === code;
}

/** Whether the same may succeed soon: a dependency is away, or others changed the same meanwhile. Anything else is a bug. */
export function isPassing(error: unknown): boolean {
  return hasCode(error, 'unavailable') || hasCode(error, 'conflict');
}

/** Anything that was thrown, as an `Error`. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
