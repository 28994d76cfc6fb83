import { AppError } from '@fanfare/core';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import path from 'node:path';
import { createObserverStore, type ObserverPage, type ObserverStore } from './observer-store';
import { sampleObserver } from './testing/sample-observer';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));
const everything: ObserverPage = { after: null, order: 'asc', limit: 10, offset: 0 };

describeOnEveryDatabase('the store of observers', (openDatabase) => {
  let database: Database;
  let store: ObserverStore;

  beforeEach(async () => {
    database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    store = createObserverStore(database);
  });

  const insert = (...observers: readonly Parameters<ObserverStore['insert']>[1][]) =>
    database.transact(async (tx) => {
      const inserted: boolean[] = [];
      for (const observer of observers) inserted.push(await store.insert(tx, observer));
      return inserted;
    });

  it('gives back every setting of an observer', async () => {
    const observer = sampleObserver({
      id: "o-'1'",
      eventTypes: ['order.*', 'payment.created'],
      isAsync: false,
      isEnabled: false,
      startFrom: 7,
      endpoint: 'https://example.com/hook?a=1',
      secrets: ['whsec_new', 'whsec_old'],
      filters: [{ not: { exact: { subject: 'é' } } }, { sql: 'amount > 3' }],
      transform: '{ "a": data.b }',
      batch: { size: 3, waitMs: 100 },
      rateLimit: { perSecond: 0.5, perKey: 'customer' },
      debounce: { key: 'subject', periodMs: 100, maxWaitMs: 1_000 },
      handshake: 'required',
      description: 'for the shop',
      metadata: { team: { name: 'a' } },
    });

    await insert(observer);

    expect(await store.find(observer.id)).toEqual(observer);
    expect(await store.all()).toEqual([observer]);
    expect(await store.find('another')).toBeNull();
  });

  it('lets an id be taken once, and tells ids apart by case', async () => {
    expect(await insert(sampleObserver({ id: 'a' }), sampleObserver({ id: 'a' }))).toEqual([true, false]);
    expect(await insert(sampleObserver({ id: 'A' }))).toEqual([true]);
  });

  it('replaces an observer only when it is still what the change was made from', async () => {
    const observer = sampleObserver({ id: 'a' });
    await insert(observer);

    const replace = (revision: number, description: string) =>
      database.transact((tx) => store.replace(tx, { ...observer, revision, description }));

    expect(await replace(2, 'first')).toBe(true);
    expect(await replace(2, 'second')).toBe(false);
    expect(await store.find('a')).toMatchObject({ revision: 2, description: 'first' });
  });

  it('lists oldest or newest first, each page beginning where the one before ended', async () => {
    const made = ['c', 'a', 'd', 'b'].map((id, index) =>
      sampleObserver({ id, createdAt: new Date(Math.floor(index / 2)) }),
    );
    await insert(...made);

    const idsOf = async (page: Partial<ObserverPage>) =>
      (await store.list({ ...everything, ...page })).map(({ id }) => id);

    expect(await idsOf({})).toEqual(['a', 'c', 'b', 'd']);
    expect(await idsOf({ order: 'desc' })).toEqual(['d', 'b', 'c', 'a']);
    expect(await idsOf({ after: { createdAt: new Date(0), id: 'a' }, limit: 2 })).toEqual(['c', 'b']);
    expect(await idsOf({ after: { createdAt: new Date(1), id: 'b' }, order: 'desc' })).toEqual(['c', 'a']);
    expect(await idsOf({ offset: 3 })).toEqual(['d']);
  });

  it('has another fingerprint after every change that was committed, and after no other', async () => {
    const observer = sampleObserver({ id: 'a' });
    const seen = [await store.fingerprint()];
    const note = async () => void seen.push(await store.fingerprint());

    await insert(observer);
    await note();
    await database.transact((tx) => store.replace(tx, { ...observer, revision: 2 }));
    await note();
    await database.transact((tx) => store.remove(tx, 'a'));
    await note();
    await insert(observer);
    await note();
    expect(new Set(seen).size).toBe(5);

    await insert(observer);
    await database.transact((tx) => store.remove(tx, 'unknown'));
    const failed = database.transact(async (tx) => {
      await store.remove(tx, 'a');
      throw new AppError('conflict', 'rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await store.fingerprint()).toBe(seen.at(-1));
  });
});
