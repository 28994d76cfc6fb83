import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVirtualClock } from '@fanfare/core';
import { hostForTest, serviceWith } from '@fanfare/service-kit/testing';
import { openDatabase, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import { allServices } from '../src';
import { describeSchema, readRecorded, recordDatabase, restoreDatabase } from './releases/database-record';
import {
  databaseNames,
  databases,
  environmentIn,
  fileUrl,
  readRelease,
  recordedVersions,
  writeRelease,
} from './releases/release-record';
import { ask, useSystem, type Answers } from './releases/use-system';

const ownDatabases = Object.keys(databases) as readonly (keyof typeof databases)[];
const root = path.join(__dirname, '../../..');

async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(url);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** What a system on these databases knows. Nothing becomes due meanwhile, as nothing did then. */
async function askAt(at: Date, folder: string): Promise<Answers> {
  await using system = await hostForTest(allServices(environmentIn(folder)), {
    clock: createVirtualClock(at),
  });
  return await ask(system);
}

/** Uses a system of this version as it may be used, and writes down what is left of it. */
async function recordRelease(version: string, folder: string): Promise<void> {
  const reports = { auditing: true, keepMs: 86_400_000 };
  const system = await hostForTest(allServices(environmentIn(folder)), { reports });
  try {
    await useSystem(system);
  } finally {
    await system.stop();
  }
  const at = new Date();
  const records = await Promise.all(
    databaseNames.map(
      async (name) => [name, await withDatabase(fileUrl(folder, name), recordDatabase)] as const,
    ),
  );
  const answers = await askAt(at, folder);
  writeRelease(version, { at: at.toISOString(), answers, databases: Object.fromEntries(records) });
}

/** Has a service do what it does with its database before it works, once, and nothing else. */
async function prepareDatabase(name: keyof typeof databases, url: string): Promise<void> {
  const env = { [databases[name]]: url, EVENT_LOG_URL: 'sqlite::memory:' };
  const factories = allServices(env).filter((_, index) => index === databaseNames.indexOf(name));
  const prepared = await hostForTest(
    factories.map((create) => async (resources) => {
      const service = await create(resources);
      await service.prepare();
      return serviceWith({ name: service.name, checks: service.checks });
    }),
  );
  await prepared.stop();
}

const readMigrations = async ({ queries }: Database) =>
  (
    await sql<{ component: string; version: number }>`
      select component, version, name, checksum from schema_migrations order by component, version`.execute(
      queries,
    )
  ).rows;

describe('the releases', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fanfare-release-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  // RECORD_RELEASE=1 makes the record of a new version, and never that of an old one
  it('are all on record', async () => {
    const changelog = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8');
    const released = [...changelog.matchAll(/^## (\d+\.\d+\.\d+) /gm)].map(([, version = '']) => version);
    const missing = released.filter((version) => !recordedVersions().includes(version));
    if (process.env['RECORD_RELEASE'] === '1') {
      for (const version of missing.splice(0)) await recordRelease(version, folder);
    }

    expect(missing).toEqual([]);
  });

  it.each(recordedVersions())(
    'leave databases on which a system goes on as if it were the old one: %s',
    async (version) => {
      const release = readRelease(version);
      for (const name of databaseNames) {
        await withDatabase(fileUrl(folder, name), (database) =>
          restoreDatabase(database, release.databases[name] ?? []),
        );
      }
      for (const name of ownDatabases) await prepareDatabase(name, fileUrl(folder, name));

      expect(await askAt(new Date(release.at), folder)).toMatchObject(release.answers);
    },
  );
});

const cases = recordedVersions().flatMap((version) => ownDatabases.map((name) => [version, name] as const));

describeOnEveryDatabase('a database of a release', (_openFresh, databasesOfTest) => {
  /** One that was made by a release and is opened by this version. */
  async function upgrade(version: string, name: keyof typeof databases) {
    const url = await databasesOfTest.createUrl();
    const record = readRelease(version).databases[name] ?? [];
    await withDatabase(url, (database) => restoreDatabase(database, record));
    await prepareDatabase(name, url);
    return { url, record };
  }

  async function makeAnew(name: keyof typeof databases) {
    const url = await databasesOfTest.createUrl();
    await prepareDatabase(name, url);
    return url;
  }

  it.each(cases)('of %s becomes like a new one, keeping all that is in it: %s', async (version, name) => {
    const { url, record } = await upgrade(version, name);
    const fresh = await makeAnew(name);

    expect(await withDatabase(url, describeSchema)).toEqual(await withDatabase(fresh, describeSchema));
    expect(await withDatabase(url, readMigrations)).toEqual(await withDatabase(fresh, readMigrations));
    const kept = await withDatabase(url, (database) => readRecorded(database, record));
    for (const { table, rows } of record)
      expect([table, kept.get(table)]).toEqual([table, expect.arrayContaining(rows)]);
  });

  it.each(cases)(
    'of %s was made by migrations that stand first to this day, unchanged: %s',
    async (version, name) => {
      const migrations = readRelease(version).databases[name]?.find(
        ({ table }) => table === 'schema_migrations',
      );
      const fresh = await withDatabase(await makeAnew(name), readMigrations);

      const released = (migrations?.rows ?? []).map(
        ({ component, version: number, name: title, checksum }) => ({
          component,
          version: number,
          name: title,
          checksum,
        }),
      );
      for (const component of new Set(released.map((each) => each.component))) {
        const then = released.filter((each) => each.component === component);
        const now = fresh.filter((each) => each.component === component);
        expect(now.slice(0, then.length)).toEqual(
          then.toSorted((one, other) => Number(one.version) - Number(other.version)),
        );
      }
      expect(released.length).toBeGreaterThan(1);
    },
  );
});
