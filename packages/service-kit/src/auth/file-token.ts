import { readFileSync } from 'node:fs';
import { AppError, toError, type Clock } from '@fanfare/core';

/** A file that was written anew counts so much later at most. */
const rereadMs = 1_000;

/**
 * The token that stands in a file, as it stands there now. While the file cannot be read the last token is shown on, which
 * its owner lets end. Throws `unavailable` when there was none.
 */
export function createFileToken(path: string, clock: Pick<Clock, 'elapsedMs'>): () => Promise<string> {
  let token: string | undefined;
  let readAgainAtMs = -Infinity;

  return async () => {
    if (clock.elapsedMs() < readAgainAtMs && token !== undefined) return token;
    try {
      token = readTokenFile(path);
      readAgainAtMs = clock.elapsedMs() + rereadMs;
    } catch (cause) {
      if (token === undefined) {
        throw new AppError('unavailable', `there is no token to call with: ${toError(cause).message}`, {
          cause,
        });
      }
    }
    return token;
  };
}

/** The token in a file. Throws when there is none, in words. */
export function readTokenFile(path: string): string {
  const token = readFileSync(path, 'utf8').trim();
  if (token === '') throw new Error('the file is empty');
  return token;
}
