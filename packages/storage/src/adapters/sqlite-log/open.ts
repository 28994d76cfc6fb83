import type { Clock } from '@fanfare/core';
import { genesis } from '../../event-log/chain';
import type { Anchor, CommitStore } from '../../event-log/commit-store';
import type { Checkpoint } from '../../event-log/event-log';
import { compact, eraseEvents, truncate } from './discard';
import { openLogFile } from './file';
import { readCommits } from './read-commits';
import { readEvents } from './read-events';
import { findEvents, findStreams, readStream } from './read-streams';
import { moveCursors, readCursor, readTail, writeCommit } from './write-commit';

const selectAnchor = 'select position, hash from log_anchor';
const insertCheckpoint =
  'insert or replace into log_checkpoints (position, hash, at, signature) values (?, ?, ?, ?)';
const selectCheckpoints =
  'select position, hash, at as atMs, signature from log_checkpoints order by position desc limit ?';
const selectCheckpointsFrom =
  'select position, hash, at as atMs, signature from log_checkpoints where position >= ? order by position limit ?';

/**
 * Opens an event log in a SQLite file. A commit is one transaction and on the disk when it ends. Several processes may
 * open the same file: SQLite lets one write at a time, and who writes looks at the tail while holding the lock.
 */
export async function openSqliteCommitStore(url: string, clock: Clock): Promise<CommitStore> {
  const file = await openLogFile(url, clock);
  const { call, transact } = file;
  return {
    insert: (commit, tail) => transact((statements) => writeCommit(statements, commit, tail)),
    tail: () => call(readTail),
    readCommits: (position, maxEvents) => call((statements) => readCommits(statements, position, maxEvents)),
    readEvents: (filter, place) => call((statements) => readEvents(statements, filter, place)),
    readStream: (streamId, range) => call((statements) => readStream(statements, streamId, range)),
    findEvents: (ids) => call((statements) => findEvents(statements, ids)),
    findStreams: (ids) => call((statements) => findStreams(statements, ids)),
    cursor: (name) => call((statements) => readCursor(statements, name)),
    moveCursors: (cursors) =>
      transact((statements) => {
        moveCursors(statements, cursors);
      }),
    erase: (positions) => transact((statements) => eraseEvents(statements, positions)),
    truncate: (anchor) => transact((statements) => truncate(statements, anchor)),
    compact: () => compact(file, clock),
    anchor: () => call(({ first }) => (first(selectAnchor) as Anchor | undefined) ?? genesis),
    async addCheckpoint({ position, hash, atMs, signature }) {
      await call(({ run }) => run(insertCheckpoint, position, hash, atMs, signature));
    },
    readCheckpoints: (limit) => call(({ all }) => all(selectCheckpoints, limit) as readonly Checkpoint[]),
    readCheckpointsFrom: (position, limit) =>
      call(({ all }) => all(selectCheckpointsFrom, position, limit) as readonly Checkpoint[]),
    async ping() {
      await call(({ first }) => first('select 1'));
    },
    async close() {
      file.close();
    },
  };
}
