import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openDatabase } from '../open-database';
import type { Capability } from './capability';

export interface DatabaseCapabilities {
  /** What is committed is there when the database is opened again. */
  readonly durable: Capability;
  /** Transactions run at the same time, not one after the other. */
  readonly parallel: Capability;
}

/** Where a suite gets its databases from. */
export interface DatabaseUnderTest {
  readonly capabilities: DatabaseCapabilities;
  /** The URL of a new, empty database that nobody else uses. */
  createUrl(): Promise<string>;
  /** Removes every database that `createUrl` has made. */
  removeAll(): Promise<void>;
}

/** Where a suite gets its caches from. */
export interface CacheUnderTest {
  readonly url: string;
  /** Several openers see the same values. */
  readonly capabilities: { readonly shared: Capability };
}

/** An adapter to test, or why it cannot be tested here. */
export interface Adapter<UnderTest> {
  readonly name: string;
  readonly underTest: UnderTest | { readonly missing: string };
}

/** Every database: the embedded ones first; the real one where TEST_MYSQL_URL names a server. */
export function databaseAdapters(): readonly Adapter<DatabaseUnderTest>[] {
  return [{ name: 'SQLite', underTest: sqliteFiles() }, sqliteMemory, mysqlAdapter()];
}

/** The same without the database in memory, which differs from the one in a file only in that it is not durable. */
export function durableDatabaseAdapters(): readonly Adapter<DatabaseUnderTest>[] {
  return [{ name: 'SQLite', underTest: sqliteFiles() }, mysqlAdapter()];
}

/** Every cache; the real one where TEST_REDIS_URL names a server. */
export function cacheAdapters(): readonly Adapter<CacheUnderTest>[] {
  const redisUrl = process.env['TEST_REDIS_URL'];
  const shared = { missing: 'the memory of one process' };
  return [
    { name: 'memory', underTest: { url: 'memory:', capabilities: { shared } } },
    {
      name: 'Redis',
      underTest: redisUrl
        ? { url: redisUrl, capabilities: { shared: true } }
        : { missing: 'TEST_REDIS_URL is not set' },
    },
  ];
}

/**
 * Declares the tests of an adapter, or one skipped test that says why they are not run.
 * With REQUIRE_ADAPTERS=all, as in CI, that one test fails.
 */
export function describeAdapter<UnderTest extends object>(
  { name, underTest }: Adapter<UnderTest>,
  declareTests: (underTest: UnderTest) => void,
): void {
  if (!('missing' in underTest)) {
    declareTests(underTest);
    return;
  }
  const { missing } = underTest;
  const declare = process.env['REQUIRE_ADAPTERS'] === 'all' ? it : it.skip;
  declare(`runs on ${name} (${missing})`, () => {
    throw new Error(missing);
  });
}

const oneConnection = { missing: 'SQLite runs one transaction at a time' };

const sqliteMemory: Adapter<DatabaseUnderTest> = {
  name: 'SQLite in memory',
  underTest: {
    capabilities: { durable: { missing: 'memory ends with its opener' }, parallel: oneConnection },
    createUrl: () => Promise.resolve('sqlite::memory:'),
    removeAll: () => Promise.resolve(),
  },
};

function sqliteFiles(): DatabaseUnderTest {
  const folders: string[] = [];
  return {
    capabilities: { durable: true, parallel: oneConnection },
    async createUrl() {
      const folder = await mkdtemp(join(tmpdir(), 'fanfare-test-'));
      folders.push(folder);
      return `sqlite:${join(folder, 'data', 'test.db')}`;
    },
    async removeAll() {
      await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
    },
  };
}

function mysqlAdapter(): Adapter<DatabaseUnderTest> {
  const url = process.env['TEST_MYSQL_URL'];
  return {
    name: 'MySQL',
    underTest: url ? mysqlDatabases(url) : { missing: 'TEST_MYSQL_URL is not set' },
  };
}

function mysqlDatabases(serverUrl: string): DatabaseUnderTest {
  const names: string[] = [];

  async function onServer(verb: 'create' | 'drop', name: string): Promise<void> {
    const server = await openDatabase(serverUrl);
    try {
      await sql`${sql.raw(verb)} database ${sql.id(name)}`.execute(server.queries);
    } finally {
      await server.close();
    }
  }

  return {
    capabilities: { durable: true, parallel: true },
    async createUrl() {
      const name = `fanfare_test_${randomUUID().replaceAll('-', '')}`;
      await onServer('create', name);
      names.push(name);
      const url = new URL(serverUrl);
      url.pathname = name;
      return url.href;
    },
    async removeAll() {
      await Promise.all(names.splice(0).map((name) => onServer('drop', name)));
    },
  };
}
