import { AppError } from '@fanfare/core';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SqliteClient, SqliteLibrary } from './client';

const openLimitMs = 1_000;

/** Opens the file, making its folder, set up so that a commit survives a loss of power. Throws `unavailable`. */
export function connect({ default: Library }: SqliteLibrary, path: string): SqliteClient {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const client = new Library(path, { timeout: openLimitMs });
    client.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
    // from here on a session waits for locks without blocking the process
    client.exec('pragma busy_timeout = 0');
    return client;
  } catch (cause) {
    throw new AppError('unavailable', 'the database file cannot be opened', { cause });
  }
}
