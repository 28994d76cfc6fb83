import { createPool, type RowDataPacket } from 'mysql2/promise';

type Values = readonly (string | number | null)[];
export type Statement = readonly [sql: string, values: Values];

/** Tables as one writes them by hand, for messages, mailboxes and runs. */
export interface PlainTables {
  /** All or nothing. */
  write(...statements: readonly Statement[]): Promise<void>;
  /** Marks the oldest rows of a mailbox, so that nobody else takes them, and returns them. */
  take(recipientId: string, limit: number, claim: string): Promise<readonly Mail[]>;
}

export interface Mail {
  readonly message_id: string;
  readonly body: string;
}

/** Where keys number themselves, in the words of the database. */
const schema = (numbered: string) => [
  'create table messages (id varchar(36) primary key, sender_id varchar(64), body text, created_at bigint)',
  `create table mail (number ${numbered}, message_id varchar(36), recipient_id varchar(64), claim varchar(36))`,
  'create index mail_by_recipient on mail (recipient_id, claim, number)',
  'create index mail_by_message on mail (message_id)',
  'create table runs (id varchar(36) primary key, data text, step int)',
];

const selectClaimed = `select message_id, body from mail join messages on messages.id = message_id
  where recipient_id = ? and claim = ? order by number`;

export const openPlainTables = (url: string): Promise<PlainTables> =>
  url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openMysql(url);

async function openMysql(url: string): Promise<PlainTables> {
  const pool = createPool({ uri: url, connectionLimit: 10 });
  for (const statement of schema('bigint auto_increment primary key')) await pool.query(statement);
  return {
    async write(...statements) {
      const connection = await pool.getConnection();
      try {
        if (statements.length > 1) await connection.beginTransaction();
        for (const [sql, values] of statements) await connection.query(sql, [...values]);
        if (statements.length > 1) await connection.commit();
      } catch (error) {
        connection.destroy();
        throw error;
      }
      connection.release();
    },
    async take(recipientId, limit, claim) {
      await pool.query(
        'update mail set claim = ? where recipient_id = ? and claim is null order by number limit ?',
        [claim, recipientId, limit],
      );
      const [rows] = await pool.query<(RowDataPacket & Mail)[]>(selectClaimed, [recipientId, claim]);
      return rows;
    },
  };
}

/** The part of better-sqlite3 that is used. */
interface SqliteLibrary {
  readonly default: new (path: string) => SqliteClient;
}

interface SqliteClient {
  prepare(sql: string): { all(...values: Values): readonly unknown[]; run(...values: Values): unknown };
  exec(sql: string): unknown;
}

/** A text, not a literal: the library comes without types. */
const libraryName: string = ['better', 'sqlite3'].join('-');

/** Synchronised with the disk at each commit, as the mediator's file is. */
async function openSqlite(file: string): Promise<PlainTables> {
  const { default: Sqlite } = (await import(libraryName)) as SqliteLibrary;
  const client = new Sqlite(file);
  client.exec('pragma journal_mode = wal; pragma synchronous = full');
  for (const statement of schema('integer primary key autoincrement')) client.exec(statement);
  const prepared = new Map<string, ReturnType<SqliteClient['prepare']>>();
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? client.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  const claimOldest = client.prepare(`update mail set claim = ? where number in
    (select number from mail where recipient_id = ? and claim is null order by number limit ?)`);
  const select = client.prepare(selectClaimed);
  return {
    write(...statements) {
      client.exec('begin immediate');
      for (const [sql, values] of statements) prepare(sql).run(...values);
      client.exec('commit');
      return Promise.resolve();
    },
    take(recipientId, limit, claim) {
      claimOldest.run(claim, recipientId, limit);
      return Promise.resolve(select.all(recipientId, claim) as readonly Mail[]);
    },
  };
}
