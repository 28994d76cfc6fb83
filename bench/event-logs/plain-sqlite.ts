import type { CloudEvent } from '@fanfare/cloudevents';
import type { BenchLog } from './bench-log';
import { newFile } from './places';

/** The part of better-sqlite3 that is used. */
interface Library {
  readonly default: new (path: string) => Client;
}

interface Client {
  prepare(sql: string): {
    all(...parameters: readonly unknown[]): readonly unknown[];
    get(...parameters: readonly unknown[]): unknown;
    run(...parameters: readonly unknown[]): unknown;
  };
  exec(sql: string): unknown;
  close(): unknown;
}

/** A text, not a literal: the library comes without types. */
const libraryName: string = ['better', 'sqlite3'].join('-');

const schema = `
pragma journal_mode = wal;
pragma synchronous = full;
create table streams (id text primary key, version integer not null) strict, without rowid;
create table events (
  position integer primary key autoincrement,
  stream text not null,
  version integer not null,
  id text not null unique,
  type text not null,
  recorded_at integer not null,
  event text not null,
  unique (stream, version)
) strict;
`;

/**
 * The yardstick in SQLite: the two tables that every event store has, one transaction per append, the version checked in
 * it, synchronised with the disk at each commit as Fanfare's log is. It has no chain, erases nothing, validates nothing
 * and finds events by their stream and id only.
 */
export async function openPlainSqlite(): Promise<BenchLog> {
  const place = await newFile();
  const { default: Sqlite } = (await import(libraryName)) as Library;
  const client = new Sqlite(place.url.slice('sqlite:'.length));
  client.exec(schema);
  const selectVersion = client.prepare('select version from streams where id = ?');
  const saveVersion = client.prepare('insert or replace into streams (id, version) values (?, ?)');
  const insertEvent = client.prepare(
    'insert into events (stream, version, id, type, recorded_at, event) values (?, ?, ?, ?, ?, ?)',
  );
  const selectPage = client.prepare('select * from events where position > ? order by position limit ?');
  const selectStream = client.prepare('select * from events where stream = ? order by version');

  function write(streamId: string, expected: number, events: readonly CloudEvent[]): void {
    const row = selectVersion.get(streamId) as { version: number } | undefined;
    if ((row?.version ?? -1) !== expected) throw new Error(`${streamId} has another version`);
    for (const [index, event] of events.entries()) {
      const { id, type } = event;
      insertEvent.run(streamId, expected + 1 + index, id, type, Date.now(), JSON.stringify(event));
    }
    saveVersion.run(streamId, expected + events.length);
  }

  return {
    append(streamId, expected, events) {
      client.exec('begin immediate');
      write(streamId, expected, events);
      client.exec('commit');
      return Promise.resolve();
    },
    readAll(limit) {
      let count = 0;
      for (let position = 0; ;) {
        const events = decode(selectPage.all(position, limit));
        count += events.length;
        const last = events.at(-1);
        if (!last) return Promise.resolve(count);
        position = last.position;
      }
    },
    readStream: (streamId) => Promise.resolve(decode(selectStream.all(streamId)).length),
    async close() {
      client.close();
      await place.remove();
    },
  };
}

function decode(rows: readonly unknown[]) {
  return (rows as readonly { position: number; version: number; event: string; recorded_at: number }[]).map(
    ({ position, version, event, recorded_at: recordedAtMs }) => ({
      position,
      version,
      recordedAt: new Date(recordedAtMs),
      event: JSON.parse(event) as CloudEvent,
    }),
  );
}
