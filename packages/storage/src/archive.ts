import type { SqlRow } from './sql-dialect';

/** A row of a database, of texts and numbers, under the key that it has in the archive for ever. */
export interface ArchivedRow {
  readonly key: string;
  readonly row: SqlRow;
}

/** Which rows of a collection. */
export interface ArchivePage {
  /** The key of the row before the first; undefined: from the first of all. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Where rows go that a service does not need any more, but somebody may ask for. */
export interface Archive {
  /**
   * Keeps rows until they are removed and resolves when each of them reads back as it was given, so that its owner may delete it. A row
   * whose key is there replaces what was kept. Throws `unavailable` when the archive is away, `conflict` when a row does not
   * read back.
   */
  keep(collection: string, rows: readonly ArchivedRow[]): Promise<void>;
  /** The rows under these keys that there are, by key. */
  read(collection: string, keys: readonly string[]): Promise<ReadonlyMap<string, SqlRow>>;
  /** Up to `limit` rows in the order of their keys; fewer only at the end. */
  list(collection: string, page: ArchivePage): Promise<readonly ArchivedRow[]>;
  /** Replaces these columns of rows, of those that are there; they stay as old as they were. */
  rewrite(collection: string, rows: readonly ArchivedRow[]): Promise<void>;
  /**
   * Removes up to `limit` of the rows that were kept last before then; returns how many. Rows from a time when nobody noted
   * that count as kept when they are first met here.
   */
  removeKeptBefore(collection: string, before: Date, limit: number): Promise<number>;
  /** Throws `unavailable` when the archive does not answer, within 2 s. */
  ping(): Promise<void>;
  /** Waits for calls under way, then closes. Idempotent. */
  close(): Promise<void>;
}
