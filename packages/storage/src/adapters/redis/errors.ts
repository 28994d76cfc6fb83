import { AppError } from '@fanfare/core';

/** Answers of a server that lives but does not serve: loading its data, a failed-over replica, full, stopping. */
const serverAway = /^(LOADING|READONLY|MASTERDOWN|OOM|BUSY|CLUSTERDOWN|TRYAGAIN|MISCONF|NOAUTH|WRONGPASS)\b/;

/** The one place where the driver's errors become Fanfare's: what is no answer to the command is `unavailable`. */
export function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const isAnswer = cause instanceof Error && cause.name === 'ReplyError';
  return isAnswer && !serverAway.test(cause.message)
    ? new AppError('internal', 'the cache refused a command', { cause })
    : new AppError('unavailable', 'the cache cannot be reached', { cause });
}
