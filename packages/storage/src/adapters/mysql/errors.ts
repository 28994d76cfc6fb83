import { AppError } from '@fanfare/core';
import { LockConflictError } from '../../lock-conflict';

/** MySQL's and MariaDB's own numbers, as the server reports them. */
const duplicateKeys = new Set([1062, 1586]);
/** What a schema change finds when it was done before: table, column or index exists. */
const duplicateNames = new Set([1050, 1060, 1061]);
/** Lock wait timeout, deadlock, and MariaDB's "record has changed since last read". */
const lockConflicts = new Set([1205, 1213, 1020]);
/** Too many connections (of all, of a user), shutting down, killed, read-only after a failover, disk full, idle too long. */
const serverAway = new Set([
  1040, 1203, 1226, 1053, 1077, 1078, 1152, 1184, 1317, 1927, 1290, 1836, 1021, 4031,
]);

const lostConnection = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'PROTOCOL_CONNECTION_LOST',
]);

const timeLimitCode = 'PROTOCOL_SEQUENCE_TIMEOUT';

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  /** The driver's mark of an error after which the connection is of no use. */
  readonly fatal?: boolean;
}

function toDriverError(error: unknown): DriverError {
  return typeof error === 'object' && error !== null ? error : {};
}

/** Whether the connection is gone: not merely slow, and not by a fault of the statement. */
export function isConnectionLost(error: unknown): boolean {
  const { code, errno, fatal } = toDriverError(error);
  return (
    (code !== undefined && lostConnection.has(code)) || fatal === true || errno === 4031 || errno === 1927
  );
}

/** Whether a statement took longer than it may; it may still be running on the server. */
export function isTimeLimit(error: unknown): boolean {
  return toDriverError(error).code === timeLimitCode;
}

/** The one place where the driver's errors become Fanfare's. */
export function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { errno } = toDriverError(cause);
  if (isTimeLimit(cause))
    return new AppError('unavailable', 'the database took too long to answer', { cause });
  if (errno === undefined || errno < 0) {
    return isConnectionLost(cause)
      ? new AppError('unavailable', 'the database cannot be reached', { cause })
      : new AppError('internal', 'the database client failed', { cause });
  }
  if (duplicateKeys.has(errno))
    return new AppError('already_exists', 'there is such a row already', { cause });
  if (duplicateNames.has(errno))
    return new AppError('already_exists', 'there is such a table, column or index', { cause });
  if (lockConflicts.has(errno)) return new LockConflictError({ cause });
  if (serverAway.has(errno) || isConnectionLost(cause)) {
    return new AppError('unavailable', 'the database does not serve now', { cause });
  }
  return new AppError('internal', 'the database refused a statement', { cause });
}
