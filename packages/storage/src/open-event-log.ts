import { AppError, createSystemClock, type Clock } from '@fanfare/core';
import { openMongoCommitStore } from './adapters/mongodb/open';
import { openSqliteCommitStore } from './adapters/sqlite-log/open';
import type { CommitStore } from './event-log/commit-store';
import { createEventLog } from './event-log/create-event-log';
import type { EventLog } from './event-log/event-log';
import type { CheckpointSigner } from './event-log/sign-checkpoint';
import type { Sealer } from './sealing/sealer';

export interface OpenEventLogOptions {
  readonly clock?: Clock;
  /** Signs checkpoints and tells forged ones; see `createCheckpointSigner`. */
  readonly signer?: CheckpointSigner | undefined;
  /** Beyond so many appends that wait for the store they are refused with `unavailable`. */
  readonly maxWaiting?: number | undefined;
  /** Seals the data of events, and opens what it has sealed. */
  readonly sealer?: Sealer | undefined;
  /** Types of events that tell in `data.subject` whose events before them have been erased, besides the log's own. */
  readonly erasureTypes?: readonly string[] | undefined;
}

/**
 * Opens the event log that a URL names:
 *
 * - `mongodb://user:password@host:27017/name` (MongoDB 7, and FerretDB 1.24 in tests), whether it answers yet or not
 * - `sqlite:./folder/log.db` (the folder is created) and `sqlite::memory:` (private, gone when closed)
 *
 * Throws `invalid` for any other URL and when the client library is not installed.
 */
export async function openEventLog(url: string, options: OpenEventLogOptions = {}): Promise<EventLog> {
  const { clock = createSystemClock() } = options;
  return createEventLog({ ...options, store: await openCommitStore(url, clock), clock });
}

/** Opens only what keeps the commits. */
export async function openCommitStore(url: string, clock: Clock): Promise<CommitStore> {
  const scheme = url.slice(0, url.indexOf(':') + 1);
  switch (scheme) {
    case 'sqlite:':
      return openSqliteCommitStore(url, clock);
    case 'mongodb:':
    case 'mongodb+srv:':
      return openMongoCommitStore(url, clock);
    default:
      // the URL itself may hold a password
      throw new AppError(
        'invalid',
        `an event log URL begins with mongodb:// or sqlite:, not with "${scheme}"`,
      );
  }
}
