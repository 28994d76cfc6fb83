/** The part of better-sqlite3 that is used; whatever has it (`node:sqlite` nearly does) can stand in. */
export interface SqliteClient {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  readonly inTransaction: boolean;
  readonly open: boolean;
  close(): void;
}

export interface SqliteStatement {
  /** Whether it answers with rows. */
  readonly reader: boolean;
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): {
    readonly changes: number;
    readonly lastInsertRowid: number | bigint;
  };
}

export interface SqliteLibrary {
  readonly default: new (path: string, options: { readonly timeout: number }) => SqliteClient;
}
