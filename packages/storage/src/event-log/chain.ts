import { hash } from 'node:crypto';
import { canonicalise } from './canonical-json';
import type { Commit, StoredEvent, Tail } from './commit-store';

/** The end of a log without events; its hash is that of nothing. */
export const genesis: Tail = { position: 0, hash: sha256(''), recordedAtMs: 0 };

/** Hash that stands for an event's data in the chain. The salt keeps anybody from guessing data that was erased. */
export function hashData(salt: string, data: string): string {
  return sha256(salt + data);
}

/**
 * Hash of a commit: SHA-256, in hex, over the previous commit's hash followed by the canonical JSON (RFC 8785) of
 * `{cursors, events: [{attributes, category, dataHash, isBinary, streamId, version}], position, recordedAtMs}`.
 */
export function hashCommit({
  position,
  recordedAtMs,
  events,
  cursors,
  previousHash,
}: Omit<Commit, 'hash'>): string {
  return sha256(
    `${previousHash}{"cursors":${canonicalise(cursors)},"events":[${events.map(describe).join(',')}],` +
      `"position":${position},"recordedAtMs":${recordedAtMs}}`,
  );
}

/** `attributes` is canonical JSON already and goes in as it stands: nothing is parsed or printed again. */
function describe({ attributes, category, dataHash, isBinary, streamId, version }: StoredEvent): string {
  return (
    `{"attributes":${attributes},"category":${JSON.stringify(category)},"dataHash":${JSON.stringify(dataHash)},` +
    `"isBinary":${String(isBinary)},"streamId":${JSON.stringify(streamId)},"version":${version ?? 'null'}}`
  );
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
