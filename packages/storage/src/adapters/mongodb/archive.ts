import { AppError, type Clock } from '@fanfare/core';
import type { Db } from 'mongodb';
import type { Archive, ArchivedRow } from '../../archive';
import type { SqlRow, SqlValue } from '../../sql-dialect';
import { openMongo } from './connection';

type ArchiveDocument = { readonly _id: string } & Readonly<Record<string, SqlValue>>;

/**
 * Opens an archive in MongoDB 7, or in FerretDB 1.24: a collection of `archive_…` for each kind of rows, the columns as
 * fields. What a column holds as JSON stays text, because its keys may be such that MongoDB has a meaning for.
 */
export async function openMongoArchive(url: string, clock: Clock): Promise<Archive> {
  const prepare = () => Promise.resolve();
  const { database, call, ping, close } = await openMongo(url, { clock, what: 'the archive', prepare });

  return {
    async keep(collection, rows) {
      if (rows.length === 0) return;
      await call(() => write(database, collection, rows));
      const kept = await call(() => read(database, collection, rows.map(keyOf)));
      for (const { key, row } of rows) {
        if (!isSame(kept.get(key), row)) {
          throw new AppError('conflict', `${key} does not read back from ${collection} as it was archived`);
        }
      }
    },
    read: (collection, keys) => call(() => read(database, collection, keys)),
    ping,
    close,
  };
}

async function write(database: Db, collection: string, rows: readonly ArchivedRow[]): Promise<void> {
  const replacements = rows.map(({ key, row }) => ({
    replaceOne: { filter: { _id: key }, replacement: row, upsert: true },
  }));
  await collectionOf(database, collection).bulkWrite(replacements, { ordered: false });
}

async function read(
  database: Db,
  collection: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, SqlRow>> {
  const found = await collectionOf(database, collection)
    .find({ _id: { $in: [...keys] } })
    .toArray();
  return new Map(found.map(({ _id, ...row }) => [_id, row]));
}

function isSame(kept: SqlRow | undefined, given: SqlRow): boolean {
  if (!kept) return false;
  const columns = Object.keys(given);
  return (
    columns.length === Object.keys(kept).length && columns.every((name) => Object.is(kept[name], given[name]))
  );
}

function collectionOf(database: Db, name: string) {
  return database.collection<ArchiveDocument>(`archive_${name}`);
}

function keyOf({ key }: ArchivedRow): string {
  return key;
}
