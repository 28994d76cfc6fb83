import { isDuplicateKey } from './errors';

const maxTries = 5;

/**
 * Writes what may be repeated, and makes the documents that are not there. Of two who make the same document at once, one
 * fails with a duplicate key, and finds the document when it tries again (MongoDB manual, `update`, "Upsert with Duplicate
 * Values").
 */
export async function upsert<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (!isDuplicateKey(error) || tries === maxTries) throw error;
    }
  }
}
