import { AppError, computeBackoffDelayMs, type Clock } from '@fanfare/core';
import type { Anchor } from '../../event-log/commit-store';
import type { LogFile, Statements } from './file';

const maxTries = 50;
const backoff = { firstMs: 10, maxMs: 100 };

const eraseEvent = 'update log_events set salt = null, data = null where position = ? and salt is not null';
const keepStreams =
  'insert into log_truncated_streams (stream, category, version, created_at, updated_at) ' +
  'select stream, category, max(version), min(recorded_at), max(recorded_at) from log_events ' +
  'where position <= ? and stream is not null group by stream ' +
  'on conflict (stream) do update set version = excluded.version, updated_at = excluded.updated_at';
const keepAnchor =
  'insert into log_anchor (id, position, hash) values (1, ?, ?) ' +
  'on conflict (id) do update set position = excluded.position, hash = excluded.hash ' +
  // another truncation may have gone further meanwhile
  'where excluded.position > log_anchor.position';

export function eraseEvents(statements: Statements, positions: readonly number[]): number {
  return positions.reduce((erased, position) => erased + statements.run(eraseEvent, position), 0);
}

/** Inside a transaction. */
export function truncate(statements: Statements, { position, hash }: Anchor): number {
  statements.run(keepStreams, position);
  statements.run(keepAnchor, position, hash);
  statements.run('delete from log_commits where position <= ?', position);
  return statements.run('delete from log_events where position <= ?', position);
}

/**
 * Empties the write-ahead log, the only place where an old copy can be: with `secure_delete` whatever leaves a page of the
 * file is overwritten with zeros there. Free pages stay in the file and are used again.
 */
export async function compact({ call }: LogFile, clock: Clock): Promise<void> {
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const { busy } = (await call(({ first }) => first('pragma wal_checkpoint(truncate)'))) as {
      busy: number;
    };
    if (busy === 0) return;
    await clock.sleep(computeBackoffDelayMs(tries, backoff));
  }
  throw new AppError(
    'unavailable',
    'others read the file: its write-ahead log may still hold what was erased',
  );
}
