import type { SqlRow } from './sql-dialect';

/** A row of a database, of texts and numbers, under the key that it has in the archive for ever. */
export interface ArchivedRow {
  readonly key: string;
  readonly row: SqlRow;
}

/** Where rows go that a service does not need any more, but somebody may ask for. */
export interface Archive {
  /**
   * Keeps rows for good and resolves when each of them reads back as it was given, so that its owner may delete it. A row
   * whose key is there replaces what was kept. Throws `unavailable` when the archive is away, `conflict` when a row does not
   * read back.
   */
  keep(collection: string, rows: readonly ArchivedRow[]): Promise<void>;
  /** The rows under these keys that there are, by key. */
  read(collection: string, keys: readonly string[]): Promise<ReadonlyMap<string, SqlRow>>;
  /** Throws `unavailable` when the archive does not answer, within 2 s. */
  ping(): Promise<void>;
  /** Waits for calls under way, then closes. Idempotent. */
  close(): Promise<void>;
}
