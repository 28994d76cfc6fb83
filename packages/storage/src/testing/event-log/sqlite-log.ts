import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SqliteClient, SqliteLibrary } from '../../adapters/sqlite/client';
import { connect } from '../../adapters/sqlite/connection';
import { importClient } from '../../import-client';
import type { EventLogUnderTest, Tampering } from './under-test';

/** Event logs in files of their own. */
export function sqliteLogs(): EventLogUnderTest {
  const folders: string[] = [];
  return {
    async createUrl() {
      const folder = await mkdtemp(join(tmpdir(), 'fanfare-test-'));
      folders.push(folder);
      return `sqlite:${join(folder, 'log', 'events.db')}`;
    },
    async tamper(url, change) {
      const client = connect((await importClient('better-sqlite3')) as SqliteLibrary, pathOf(url));
      try {
        await change(tamperingOf(client));
      } finally {
        client.close();
      }
    },
    hasFiles: true,
    readFiles,
    readStored: readFiles,
    async removeAll() {
      await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
    },
  };
}

async function readFiles(url: string): Promise<Buffer> {
  const folder = dirname(pathOf(url));
  const names = await readdir(folder);
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name)))));
}

function pathOf(url: string): string {
  return url.slice('sqlite:'.length);
}

const nextPosition = '(select max(position) + 1 from log_events)';
const inCommit =
  'where position between ? and (select position + event_count - 1 from log_commits where position = ?)';
const content = 'attributes, data_hash, salt, data, is_binary';

function tamperingOf(client: SqliteClient): Tampering {
  const run = (sql: string, ...parameters: readonly unknown[]) => void client.prepare(sql).run(parameters);
  return {
    changeData: (position, data = '{"forged":true}') => {
      run('update log_events set data = ? where position = ?', data, position);
    },
    removeData: (position) => {
      run('update log_events set data = null, salt = null where position = ?', position);
    },
    changeAttributes: (position) => {
      const forged = `json_set(attributes, '$.subject', 'forged')`;
      run(`update log_events set attributes = ${forged} where position = ?`, position);
    },
    deleteCommit: (position) => {
      run(`delete from log_events ${inCommit}`, position, position);
      run('delete from log_commits where position = ?', position);
    },
    insertCopy: (position) => {
      const commit = `${nextPosition}, 1, recorded_at, cursors, previous_hash, hash`;
      run(`insert into log_commits select ${commit} from log_commits where position = ?`, position);
      const event =
        `${nextPosition}, recorded_at, json_set(attributes, '$.id', 'forged'), ` +
        'data_hash, salt, data, is_binary';
      run(
        `insert into log_events (position, recorded_at, ${content}) select ${event} from log_events where position = ?`,
        position,
      );
    },
    swapEvents: (one, other) => {
      // an id stands once in the log, so one of the two steps aside meanwhile
      run('update log_events set position = -1 where position = ?', one);
      run('update log_events set position = ? where position = ?', one, other);
      run('update log_events set position = ? where position = -1', other);
    },
    redateCommit: (position) => {
      run(`update log_events set recorded_at = recorded_at - 3600000 ${inCommit}`, position, position);
      run('update log_commits set recorded_at = recorded_at - 3600000 where position = ?', position);
    },
  };
}
