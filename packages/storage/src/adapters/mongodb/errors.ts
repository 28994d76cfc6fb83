import { AppError } from '@fanfare/core';

/**
 * Answers of a server that lives but does not serve: it cannot reach others, shuts down, is no primary or no longer, was
 * interrupted, took too long, lost a cursor, or could not make the write safe.
 */
const serverAway: ReadonlySet<unknown> = new Set([
  6, 7, 43, 50, 64, 79, 89, 91, 100, 189, 202, 262, 9001, 10107, 11600, 11601, 11602, 13435, 13436,
]);
const answers = new Set(['MongoServerError', 'MongoBulkWriteError', 'MongoWriteConcernError']);
/** What the driver refuses to send. */
const misuse = /^Mongo(API|InvalidArgument|Compatibility|MissingDependency|Parse|UnexpectedServerResponse)/;

/** The driver lets an error of the socket through when it writes to one that has just been closed. */
const lostConnection = /^E(PIPE|CONN[A-Z]+|TIMEDOUT|(HOST|NET)UNREACH)$/;

/** Whether a document with this key is there already. FerretDB does not tell which key it is. */
export function isDuplicateKey(error: unknown): boolean {
  return codeOf(error) === 11000;
}

/** Whether the server has answered, if only to refuse. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && answers.has(error.name) && !serverAway.has(codeOf(error));
}

/** The one place where the driver's errors become Fanfare's; `what` says whose they are. */
export function toAppError(cause: unknown, what: string): AppError {
  if (cause instanceof AppError) return cause;
  if (isAnswer(cause)) return new AppError('internal', `${what} refused a command`, { cause });
  return isAway(cause)
    ? new AppError('unavailable', `${what} cannot be reached`, { cause })
    : new AppError('internal', `the client of ${what} failed`, { cause });
}

function isAway(error: unknown): boolean {
  const isOfDriver = error instanceof Error && error.name.startsWith('Mongo') && !misuse.test(error.name);
  return isOfDriver || lostConnection.test(String(codeOf(error)));
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
