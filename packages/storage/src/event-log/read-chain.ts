import type { Commit, CommitStore } from './commit-store';
import { decodeEvent } from './encode-event';
import type { ChainCommit } from './event-log';

/** Reads commits as who verifies them elsewhere needs them. */
export async function readChain(
  store: Pick<CommitStore, 'readCommits'>,
  position: number,
  limit: number,
): Promise<readonly ChainCommit[]> {
  return (await store.readCommits(position, limit)).map(toChainCommit);
}

function toChainCommit({ position, recordedAtMs, cursors, previousHash, hash, events }: Commit): ChainCommit {
  return {
    position,
    recordedAt: new Date(recordedAtMs),
    cursors,
    previousHash,
    hash,
    events: events.map((stored) => {
      const { dataHash, salt, isBinary } = stored;
      return { ...decodeEvent(stored), dataHash, salt, isBinary };
    }),
  };
}
