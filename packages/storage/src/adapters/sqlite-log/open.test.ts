import { createVirtualClock } from '@fanfare/core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventLog } from '../../event-log/create-event-log';
import type { EventLog } from '../../event-log/event-log';
import { importClient } from '../../import-client';
import { sampleEvent } from '../../testing/event-log/samples';
import type { SqliteClient, SqliteLibrary } from '../sqlite/client';
import { connect } from '../sqlite/connection';
import { openSqliteCommitStore } from './open';

describe('an event log in SQLite', () => {
  const clock = createVirtualClock();
  let folder: string;
  let path: string;
  let log: EventLog;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fanfare-test-'));
    path = join(folder, 'log.db');
    log = createEventLog({ store: await openSqliteCommitStore(`sqlite:${path}`, clock), clock });
    for (const ids of [
      ['e-1', 'e-2', 'e-3'],
      ['e-4', 'e-5'],
    ]) {
      const events = ids.map((id) => sampleEvent(id));
      await log.append({ appends: [{ stream: { id: 'a', type: 'thing' }, expected: 'any', events }] });
    }
  });

  afterEach(async () => {
    await log.close();
    await rm(folder, { recursive: true });
  });

  async function withClient<T>(work: (client: SqliteClient) => T): Promise<T> {
    const client = connect((await importClient('better-sqlite3')) as SqliteLibrary, path);
    try {
      return work(client);
    } finally {
      client.close();
    }
  }

  it('keeps its furthest anchor, whoever truncates last', async () => {
    const store = await openSqliteCommitStore(`sqlite:${path}`, clock);
    await store.truncate({ position: 3, hash: 'third' });
    await store.truncate({ position: 2, hash: 'second' });

    expect(await store.anchor()).toEqual({ position: 3, hash: 'third' });
    await store.close();
  });

  it.each([
    ['an event was re-dated by itself', 'update log_events set recorded_at = 1 where position = 2', 2],
    ['an event went', 'delete from log_events where position = 2', 2],
    ['the last event of a commit went', 'delete from log_events where position = 3', 1],
    ['the version of an event changed', 'update log_events set version = 9 where position = 5', 4],
    ['an event changed its stream', "update log_events set stream = 'b' where position = 4", 4],
    [
      'the salt of an event went, and its data not',
      'update log_events set salt = null where position = 2',
      2,
    ],
    [
      'the hash of its data changed with the data',
      "update log_events set data_hash = '' where position = 2",
      2,
    ],
    ['a commit lost its row only', 'delete from log_commits where position = 1', 1],
    ['a commit says that it is longer', 'update log_commits set event_count = 3 where position = 4', 6],
    ['a commit moved a cursor elsewhere', `update log_commits set cursors = '{"a":1}' where position = 4`, 4],
    ['a commit has another hash', "update log_commits set hash = '' where position = 1", 1],
    ['a commit follows another', "update log_commits set previous_hash = '' where position = 4", 4],
  ])('notices when %s', async (_what, attack, position) => {
    await withClient((client) => client.exec(attack));

    const verification = await log.verify();

    expect(verification.firstInvalidPosition).toBe(position);
  });
});
