import { AppError } from '@fanfare/core';
import { LockConflictError } from '../../lock-conflict';

const duplicates = new Set([
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_ROWID',
]);
const away = /^SQLITE_(CANTOPEN|IOERR|FULL|READONLY|PROTOCOL|NOMEM)/;

function codeOf(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? error.code : '';
}

/** Whether another process holds the file's lock. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

/** The one place where the driver's errors become Fanfare's. */
export function toAppError(cause: unknown): AppError {
  const code = codeOf(cause);
  if (duplicates.has(code)) return new AppError('already_exists', 'there is such a row already', { cause });
  if (isBusy(cause)) return new LockConflictError({ cause });
  if (away.test(code)) return new AppError('unavailable', 'the database file cannot be used now', { cause });
  return new AppError('internal', 'the database refused a statement', { cause });
}
