import { join } from 'node:path';
import { AppError, createSystemClock } from '@fanfare/core';
import {
  migrate,
  openCache,
  openDatabase,
  openEventLog,
  readMigrations,
  type Cache,
  type Database,
  type EventLog,
} from '@fanfare/storage';
import { toNewEvents } from '../../test/logged-history';
import { createLoadAggregate, type LoadAggregate } from '../aggregates/load-aggregate';
import { createLoadCached } from './cached-aggregates';
import { createEraseSnapshots } from './erase-snapshots';
import { createSnapshotStore } from './snapshot-store';

const migrations = readMigrations(join(__dirname, '..', '..', 'migrations'));
const stream = { id: 'a-1', type: 'user' };
const history = toNewEvents(
  stream,
  Array.from({ length: 5 }, (_, n) => ({ name: 'user.created', data: { email: `${n}@example.com` } })),
);

describe('the newest state of an aggregate', () => {
  let database: Database;
  let log: EventLog;
  let cache: Cache;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrate(database, { component: 'event-store', migrations });
    log = await openEventLog('sqlite::memory:');
    cache = await openCache('memory:', { clock: createSystemClock() });
    await append(0);
  });

  afterEach(async () => {
    await Promise.all([cache.close(), log.close(), database.close()]);
  });

  const append = (version: number) =>
    log.append({ appends: [{ stream, expected: 'any', events: history.slice(version, version + 1) }] });

  function loaders(used: Cache = cache, load: LoadAggregate = foldAll()) {
    const store = createSnapshotStore(database);
    let folded = 0;
    const loadAggregate: LoadAggregate = (...request) => {
      folded += 1;
      return load(...request);
    };
    return {
      loadCached: createLoadCached({ loadAggregate, log, store, cache: used, cacheTtlMs: 60_000 }),
      folded: () => folded,
      erase: async () => {
        await log.erase({ subject: stream.id });
        await createEraseSnapshots({ log, store })(stream.id);
      },
    };
  }

  const foldAll = () => createLoadAggregate({ log, findBase: () => Promise.resolve(null) });

  it('is folded once, and is the same from the cache', async () => {
    const { loadCached, folded } = loaders();

    const first = await loadCached('a-1');

    expect(await loadCached('a-1')).toEqual(first);
    expect(await loadCached('a-1')).toEqual(await foldAll()('a-1'));
    expect(folded()).toBe(1);
    expect(await loadCached('a-2')).toBeNull();
  });

  it('is never older than what was written, by whomever', async () => {
    const { loadCached } = loaders();
    for (let version = 1; version < history.length; version += 1) {
      await loadCached('a-1');
      await append(version);

      const state = { email: `${version}@example.com`, status: 'active' };
      expect(await loadCached('a-1')).toMatchObject({ version, state });
    }
    expect(await loadCached('a-1', { version: 1 })).toMatchObject({ version: 1 });
    expect(await loadCached('a-1', { at: new Date(0) })).toBeNull();
  });

  it('is the same while the cache is away', async () => {
    const away = () => Promise.reject(new AppError('unavailable', 'the cache is away'));
    const { loadCached } = loaders({ ...cache, get: away, set: away });

    expect(await loadCached('a-1')).toEqual(await foldAll()('a-1'));
    expect(await loadCached('a-1')).toMatchObject({ version: 0 });
  });

  it.each(['{', '{"id":"a-1"}'])('is the same when the cache holds %s', async (value) => {
    const { loadCached } = loaders({ ...cache, get: () => Promise.resolve({ version: 0, value }) });

    expect(await loadCached('a-1')).toEqual(await foldAll()('a-1'));
  });

  it('is gone once it is erased, also when a slow reader caches afterwards what it read before', async () => {
    let readers = 0;
    const { loadCached, erase } = loaders(cache, async (...request) => {
      const aggregate = await foldAll()(...request);
      if ((readers += 1) === 1) await erase();
      return aggregate;
    });

    expect(await loadCached('a-1')).toMatchObject({ state: { email: '0@example.com' } });

    expect(await loadCached('a-1')).toMatchObject({ version: 0, state: null, isActive: false });
  });
});
