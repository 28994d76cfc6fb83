import { AppError, type Clock } from '@fanfare/core';
import type { Collection, Db } from 'mongodb';
import type { Archive, ArchivedRow, ArchivePage } from '../../archive';
import type { SqlRow, SqlValue } from '../../sql-dialect';
import { openMongo } from './connection';
import { upsert } from './upsert';

/** When a row was kept, in ms since 1970; no column has such a name. */
const keptAtField = 'keptAt';

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
      await call(() => write(database, collection, rows, clock.now()));
      const kept = await call(() => read(database, collection, rows.map(keyOf)));
      for (const { key, row } of rows) {
        if (!isSame(kept.get(key), row)) {
          throw new AppError('conflict', `${key} does not read back from ${collection} as it was archived`);
        }
      }
    },
    read: (collection, keys) => call(() => read(database, collection, keys)),
    list: (collection, page) => call(() => list(database, collection, page)),
    async rewrite(collection, rows) {
      if (rows.length > 0) await call(() => rewrite(database, collection, rows));
    },
    removeKeptBefore: (collection, before, limit) =>
      call(async () => {
        const documents = collectionOf(database, collection);
        await documents.createIndex({ [keptAtField]: 1 });
        await documents.updateMany(
          { [keptAtField]: null },
          { $set: { [keptAtField]: clock.now().getTime() } },
        );
        return removeKeptBefore(documents, before, limit);
      }),
    ping,
    close,
  };
}

async function write(
  database: Db,
  collection: string,
  rows: readonly ArchivedRow[],
  keptAt: Date,
): Promise<void> {
  const replacements = rows.map(({ key, row }) => ({
    replaceOne: {
      filter: { _id: key },
      replacement: { ...row, [keptAtField]: keptAt.getTime() },
      upsert: true,
    },
  }));
  await upsert(() => collectionOf(database, collection).bulkWrite(replacements, { ordered: false }));
}

async function read(
  database: Db,
  collection: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, SqlRow>> {
  const found = await collectionOf(database, collection)
    .find({ _id: { $in: [...keys] } })
    .toArray();
  return new Map(found.map((document) => [document._id, toRow(document)]));
}

async function list(
  database: Db,
  collection: string,
  { after, limit }: ArchivePage,
): Promise<readonly ArchivedRow[]> {
  const found = await collectionOf(database, collection)
    .find(after === undefined ? {} : { _id: { $gt: after } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return found.map((document) => ({ key: document._id, row: toRow(document) }));
}

async function rewrite(database: Db, collection: string, rows: readonly ArchivedRow[]): Promise<void> {
  const changes = rows.map(({ key, row }) => ({
    updateOne: { filter: { _id: key }, update: { $set: row } },
  }));
  await collectionOf(database, collection).bulkWrite(changes, { ordered: false });
}

async function removeKeptBefore(
  documents: Collection<ArchiveDocument>,
  before: Date,
  limit: number,
): Promise<number> {
  const isOld = { [keptAtField]: { $lt: before.getTime() } };
  const found = await documents
    .find(isOld)
    .project<{ readonly _id: string }>({ _id: 1 })
    .limit(limit)
    .toArray();
  if (found.length === 0) return 0;
  // one that was kept again just now stays
  await documents.deleteMany({ _id: { $in: found.map(({ _id }) => _id) }, ...isOld });
  return found.length;
}

function toRow(document: ArchiveDocument): SqlRow {
  return Object.fromEntries(
    Object.entries(document).filter(([name]) => name !== '_id' && name !== keptAtField),
  );
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
