import type { Clock } from '@fanfare/core';
import type { Commit, CommitStore, Tail } from '../../event-log/commit-store';
import { addCheckpoint, readCheckpoints, readCheckpointsFrom } from './checkpoints';
import { moveCursors, raiseCursors, readCursor } from './cursors';
import { eraseEvents, readAnchor, truncate } from './discard';
import { toCommitDocument } from './documents';
import { createKnownLog } from './known-log';
import { openLogDatabase } from './log-database';
import { createCommitReader } from './read-commits';
import { readEvents } from './read-events';
import { findEvents, findStreams, readStream } from './read-streams';
import { insertCommit } from './write-commit';

export interface MongoCommitStoreOptions {
  /** Ids and streams of a log with more events than these are not remembered but asked for. */
  readonly maxKnownEvents?: number;
}

/**
 * Opens an event log in MongoDB 7, or in FerretDB 1.24, which stands in for it; whether the server answers yet or not.
 * Needs neither transactions nor a replica set.
 */
export async function openMongoCommitStore(
  url: string,
  clock: Clock,
  { maxKnownEvents = 50_000 }: MongoCommitStoreOptions = {},
): Promise<CommitStore> {
  const { collections, call, compact, ping, poolState, close } = await openLogDatabase(url, clock);
  const { commits } = collections;
  const known = createKnownLog(collections, maxKnownEvents);
  const log = { ...collections, known };
  const reader = createCommitReader(commits, clock);

  async function insert(commit: Commit, tail: Tail): Promise<boolean> {
    const document = toCommitDocument(commit, await raiseCursors(log, commit.cursors, tail));
    const isInserted = await insertCommit(commits, document);
    if (isInserted) known.remember(document);
    return isInserted;
  }

  return {
    insert: (commit, tail) => call(() => insert(commit, tail)),
    tail: () => call(async () => (await known.look()).tail),
    readCommits: (position, maxEvents) => call(() => reader.read(position, maxEvents)),
    readEvents: (filter, place) => call(() => readEvents(log, filter, place)),
    readStream: (streamId, range) => call(() => readStream(log, streamId, range)),
    findEvents: (ids, asOf) => call(() => findEvents(log, ids, asOf)),
    findStreams: (ids, asOf) => call(() => findStreams(log, ids, asOf)),
    cursor: (name) => call(() => readCursor(log, name)),
    moveCursors: (cursors) => call(() => moveCursors(collections, cursors)),
    erase: (positions) => call(() => eraseEvents(log, positions)),
    truncate: (anchor) => call(() => truncate(collections, anchor)),
    compact: () => compact(commits.collectionName),
    anchor: () => call(() => readAnchor(collections)),
    addCheckpoint: (checkpoint) => call(() => addCheckpoint(collections, checkpoint)),
    readCheckpoints: (limit) => call(() => readCheckpoints(collections, limit)),
    readCheckpointsFrom: (position, limit) => call(() => readCheckpointsFrom(collections, position, limit)),
    ping,
    poolState,
    async close() {
      await close();
      await reader.stop().catch(() => undefined);
    },
  };
}
