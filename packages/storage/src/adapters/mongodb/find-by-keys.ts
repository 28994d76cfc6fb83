import type { Collections } from './collections';
import type { CommitDocument, TruncatedCommit } from './documents';

const maxTogether = 32;

/**
 * The commits with these keys, in the same order. Each is asked for by itself: for a list FerretDB uses no index. Who
 * reads a page may need few of them, for a commit can hold many events, so that more are fetched at once only by and by.
 */
export async function* findByKeys(
  commits: Collections['commits'],
  keys: readonly string[],
): AsyncGenerator<CommitDocument> {
  let together = 1;
  for (let first = 0; first < keys.length;) {
    const next = keys.slice(first, first + together);
    const found = await Promise.all(
      next.map((_id) => commits.findOne<CommitDocument | TruncatedCommit>({ _id })),
    );
    for (const commit of found) if (commit?.hash !== undefined) yield commit;
    first += together;
    together = Math.min(together * 2, maxTogether);
  }
}
