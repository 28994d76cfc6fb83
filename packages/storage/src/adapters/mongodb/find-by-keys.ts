import type { Collections } from './collections';
import type { CommitDocument, TruncatedCommit } from './documents';

const maxTogether = 32;

/** The commits with these keys, in the same order. Each is asked for by itself: for a list FerretDB uses no index. */
export async function* findByKeys(
  commits: Collections['commits'],
  keys: readonly string[],
): AsyncGenerator<CommitDocument> {
  for (let first = 0; first < keys.length; first += maxTogether) {
    const found = await Promise.all(
      keys
        .slice(first, first + maxTogether)
        .map((_id) => commits.findOne<CommitDocument | TruncatedCommit>({ _id })),
    );
    for (const commit of found) if (commit?.hash !== undefined) yield commit;
  }
}
