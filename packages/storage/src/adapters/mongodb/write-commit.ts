import type { Collections } from './collections';
import type { CommitDocument } from './documents';
import { isDuplicateKey } from './errors';

/**
 * Inserts a commit behind the end of the log; false when another commit stands there.
 *
 * The key is the position of the commit's first event, and a writer takes it from the tail that it decided on: the end of
 * a commit that it has seen, plus one. So for every commit there is exactly one key that its successor can have, only one
 * document can have that key, and the keys of truncated commits stay taken. Hence commits form one chain without gap or
 * overlap, however old the tail is that a writer goes by: a commit of three events at 5 and one at 6 cannot both be there,
 * since who writes at 6 must have seen a commit that ends at 5, and then 5 was taken. What was read as the tail cannot
 * be taken back either, because it was read with the concern `majority`.
 */
export async function insertCommit(
  commits: Collections['commits'],
  document: CommitDocument,
): Promise<boolean> {
  try {
    await commits.insertOne(document);
    return true;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    // any unique index may have refused it, and only this key tells of another writer; it may not be on a majority yet
    const { _id } = document;
    const other = await commits.findOne({ _id }, { projection: { _id: 1 }, readConcern: { level: 'local' } });
    if (!other) throw error;
    return false;
  }
}
