import type { Checkpoint } from '../../event-log/event-log';
import type { Collections } from './collections';

export async function addCheckpoint(
  { checkpoints }: Collections,
  { position, hash, atMs, signature }: Checkpoint,
): Promise<void> {
  await checkpoints.insertOne({ position, hash, at: new Date(atMs), signature });
}

/** The newest first. */
export async function readCheckpoints(
  { checkpoints }: Collections,
  limit: number,
): Promise<readonly Checkpoint[]> {
  const documents = await checkpoints.find({}, { sort: { position: -1, at: -1 }, limit }).toArray();
  return documents.map(({ position, hash, at, signature }) => ({
    position,
    hash,
    atMs: at.getTime(),
    signature,
  }));
}
