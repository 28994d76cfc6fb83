import type { Checkpoint } from '../../event-log/event-log';
import type { CheckpointDocument, Collections } from './collections';

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
  return documents.map(toCheckpoint);
}

/** The lowest first. */
export async function readCheckpointsFrom(
  { checkpoints }: Collections,
  from: number,
  limit: number,
): Promise<readonly Checkpoint[]> {
  const place = { sort: { position: 1, at: 1 }, limit } as const;
  const documents = await checkpoints.find({ position: { $gte: from } }, place).toArray();
  return documents.map(toCheckpoint);
}

function toCheckpoint({ position, hash, at, signature }: CheckpointDocument): Checkpoint {
  return { position, hash, atMs: at.getTime(), signature };
}
