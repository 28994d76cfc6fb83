import { AppError } from '@fanfare/core';

/** Reads the path out of `sqlite:./folder/file.db` or `sqlite::memory:`; throws `invalid` when there is none. */
export function parseSqliteUrl(url: string): { path: string } {
  const path = url.slice('sqlite:'.length);
  if (path === '')
    throw new AppError('invalid', 'a SQLite URL looks like sqlite:./folder/file.db or sqlite::memory:');
  return { path };
}
