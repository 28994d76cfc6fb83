import { AppError, createSystemClock, type Clock } from '@fanfare/core';
import { openMongoArchive } from './adapters/mongodb/archive';
import type { Archive } from './archive';

export interface OpenArchiveOptions {
  readonly clock?: Clock;
}

/**
 * Opens the archive that a URL names: `mongodb://user:password@host:27017/name` (MongoDB 7, and FerretDB 1.24 in tests),
 * whether it answers yet or not. Throws `invalid` for any other URL and when the client library is not installed.
 */
export async function openArchive(
  url: string,
  { clock = createSystemClock() }: OpenArchiveOptions = {},
): Promise<Archive> {
  // the URL itself may hold a password
  if (!/^mongodb(\+srv)?:/.test(url)) throw new AppError('invalid', 'an archive URL begins with mongodb://');
  return openMongoArchive(url, clock);
}
