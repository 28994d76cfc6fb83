import { join } from 'node:path';
import { createIdGenerator, createSystemClock } from '@fanfare/core';
import { migrate, readMigrations } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import type { Aggregate } from '../aggregates/aggregate';
import type { KnownAggregate, Snapshot, SnapshotStore } from './snapshot';
import { createSnapshotStore } from './snapshot-store';

const newId = createIdGenerator(createSystemClock());
const migrations = readMigrations(join(__dirname, '..', '..', 'migrations'));
const any = { from: 0, to: Number.MAX_SAFE_INTEGER };

function sampleSnapshot(changes: Partial<KnownAggregate> = {}): Snapshot {
  return {
    id: newId(),
    takenAt: new Date('2026-03-02T09:00:00.123Z'),
    aggregate: {
      id: 'user-1',
      type: 'user',
      version: 9,
      state: { name: 'Zoë 🔑', 'a "b"': [null, { c: 1.5 }], '': {} },
      createdAt: new Date('2026-03-01T09:00:00.001Z'),
      updatedAt: new Date('2026-03-02T08:00:00.999Z'),
      isActive: false,
      metadata: { by: 'web' },
      ...changes,
    },
  };
}

describeOnEveryDatabase('the snapshot store', (openDatabase) => {
  async function openStores() {
    const database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    return {
      store: createSnapshotStore(database, { foldVersion: 2 }),
      older: createSnapshotStore(database, { foldVersion: 1 }),
    };
  }

  const save = async (store: SnapshotStore, changes?: Partial<KnownAggregate>) =>
    store.save(sampleSnapshot(changes), await store.erasures());

  const listIds = async (store: SnapshotStore, page: object = {}) =>
    (await store.list({ order: 'asc', limit: 10, offset: 0, ...page })).map(({ aggregate: { id } }) => id);

  it('reads back exactly what was kept', async () => {
    const { store } = await openStores();
    const snapshot = sampleSnapshot({ id: '~'.repeat(255) });

    expect(await store.save(snapshot, 0)).toEqual(snapshot);
    expect(await store.findNewest(snapshot.aggregate.id, any)).toEqual(snapshot);
    expect(await store.findNewest('~'.repeat(254), any)).toBeNull();
  });

  it('tells ids apart by case', async () => {
    const { store } = await openStores();
    await save(store, { id: 'user-A' });

    expect(await store.findNewest('user-a', any)).toBeNull();
  });

  it('finds the newest of the versions asked for', async () => {
    const { store } = await openStores();
    for (const version of [9, 199, 99]) await save(store, { version });

    const find = async (from: number, to: number) =>
      (await store.findNewest('user-1', { from, to }))?.aggregate.version;
    expect(await find(0, 1_000)).toBe(199);
    expect(await find(0, 198)).toBe(99);
    expect(await find(99, 99)).toBe(99);
    expect(await find(100, 198)).toBeUndefined();
    expect(await find(-1, 8)).toBeUndefined();
  });

  it('keeps the first of two snapshots of the same version', async () => {
    const { store } = await openStores();

    const [first, second] = await Promise.all([save(store), save(store)]);

    expect(first).not.toBeNull();
    expect(second).toEqual(first);
    expect(await listIds(store)).toEqual(['user-1']);
  });

  it('lists by age, either way, in pages, and by type', async () => {
    const { store } = await openStores();
    const ids = ['c', 'a', 'b'];
    const kept = [];
    for (const id of ids) kept.push(await save(store, { id }));
    await save(store, { id: 'o', type: 'order' });

    expect(await listIds(store)).toEqual([...ids, 'o']);
    expect(await listIds(store, { order: 'desc', limit: 2 })).toEqual(['o', 'b']);
    expect(await listIds(store, { order: 'desc', afterId: kept[2]?.id })).toEqual(['a', 'c']);
    expect(await listIds(store, { afterId: kept[0]?.id, limit: 1 })).toEqual(['a']);
    expect(await listIds(store, { aggregateType: 'user', offset: 1 })).toEqual(['a', 'b']);
    expect(await store.countByType()).toEqual({ user: 3, order: 1 });
  });

  it('does not use what an earlier fold has left, unless it is asked to, and takes it anew', async () => {
    const { store, older } = await openStores();
    const outdated = await save(older);
    await save(store, { id: 'user-2' });

    expect(await store.findNewest('user-1', any)).toBeNull();
    expect(await store.findBase('user-1', any)).toEqual(outdated?.aggregate);
    expect(await store.findBase('user-1', { ...any, from: -1 })).toBeNull();
    expect(await listIds(store)).toEqual(['user-2']);
    expect(await store.countByType()).toEqual({ user: 1 });
    expect(await store.listOutdated(10)).toEqual([{ aggregateId: 'user-1', version: 9 }]);

    const renewed = await save(store, { state: { name: 'Zoë' } });
    expect(renewed?.id).toBe(outdated?.id);
    expect(await store.findNewest('user-1', any)).toEqual(renewed);
    expect(await store.listOutdated(10)).toEqual([]);
  });

  it('prefers an earlier snapshot of the present fold to a later outdated one', async () => {
    const { store, older } = await openStores();
    await save(older, { version: 20 });
    await save(store, { version: 10 });

    expect(await store.findBase('user-1', any)).toMatchObject({ version: 10 });
  });

  it('does not use what a later fold has made, and leaves it alone', async () => {
    const { store, older } = await openStores();
    const newer = await save(store);

    expect(await older.findBase('user-1', any)).toBeNull();
    expect(await older.listOutdated(10)).toEqual([]);
    await save(older, { state: {} });
    await older.removeOutdated({ aggregateId: 'user-1', version: 9 });
    expect(await store.findNewest('user-1', any)).toEqual(newer);
  });

  it('removes an outdated snapshot, and no other', async () => {
    const { store, older } = await openStores();
    await save(older, { version: 1 });
    await save(store, { version: 2 });

    for (const version of [1, 2]) await store.removeOutdated({ aggregateId: 'user-1', version });

    expect(await store.listOutdated(10)).toEqual([]);
    expect(await listIds(store)).toEqual(['user-1']);
  });

  it('keeps the newest of an aggregate', async () => {
    const { store } = await openStores();
    for (const version of [1, 2, 3, 4]) await save(store, { version });
    await save(store, { id: 'user-2', version: 1 });

    await store.keepNewest('user-1', 2);
    await store.keepNewest('user-2', 2);

    const left = await store.list({ order: 'asc', limit: 10, offset: 0 });
    expect(left.map(({ aggregate: { id, version } }) => `${id} ${version}`)).toEqual([
      'user-1 3',
      'user-1 4',
      'user-2 1',
    ]);
  });

  it('lists aggregates that have more than so many, and none for its beginnings', async () => {
    const { store } = await openStores();
    for (const version of [1, 2, 3]) await save(store, { version });
    for (const version of [1, 2]) await save(store, { id: 'user-2', version });
    await store.saveBeginning({ ...sampleSnapshot({ id: 'user-2', version: 0 }), subjects: [] }, 0);

    expect(await store.listSurplus(1, 1)).toHaveLength(1);
    expect(await store.listSurplus(2, 10)).toEqual(['user-1']);
    await store.keepNewest('user-1', 2);
    expect(await store.listSurplus(2, 10)).toEqual([]);
  });

  it('erases all snapshots of aggregates, and keeps none that was begun before', async () => {
    const { store, older } = await openStores();
    const erasures = await store.erasures();
    for (const version of [1, 2]) await save(store, { version });
    await save(older, { version: 3 });
    await save(store, { id: 'user-2' });

    expect(await store.erase(['user-1', 'user-3'])).toBe(3);

    expect(await store.save(sampleSnapshot(), erasures)).toBeNull();
    expect(await store.findBase('user-1', any)).toBeNull();
    expect(await listIds(store)).toEqual(['user-2']);
    expect(await save(store)).not.toBeNull();
  });

  it('keeps a beginning until it is released, and empties it when its aggregate is erased', async () => {
    const { store, older } = await openStores();
    const begin = async (changes: Partial<Aggregate>, subjects = ['ada@example.com']) => {
      const { aggregate, ...snapshot } = sampleSnapshot();
      const beginning = { ...snapshot, aggregate: { ...aggregate, ...changes }, subjects };
      return store.saveBeginning(beginning, await store.erasures());
    };
    const keptVersions = async () =>
      (await store.list({ order: 'asc', limit: 10, offset: 0 })).map(({ aggregate }) => aggregate.version);
    await save(older, { version: 1 });
    await save(store, { version: 2 });
    for (const version of [1, 2]) await begin({ version });
    for (const version of [3, 4]) await save(store, { version });

    await store.keepNewest('user-1', 1);
    expect(await keptVersions()).toEqual([1, 2, 4]);
    await store.releaseBeginnings('user-1', 2);
    await store.keepNewest('user-1', 1);
    expect(await keptVersions()).toEqual([2, 4]);

    expect(await store.findBegunBy('ada@example.com')).toEqual(['user-1']);
    expect(await store.erase(['user-1'])).toBe(2);
    expect(await keptVersions()).toEqual([]);
    expect(await store.findBegunBy('ada@example.com')).toEqual([]);
    const erased = { version: 2, state: null, isActive: false, metadata: {} };
    expect(await store.findBase('user-1', any)).toMatchObject(erased);
    expect(await save(store, { version: 2 })).toBeNull();
    expect(await begin({ version: 5, state: null }, [])).toMatchObject({ ...erased, version: 5 });
    expect(await store.erase(['user-1'])).toBe(0);
    expect(await store.findNewest('user-1', any)).toBeNull();
  });

  it('never goes back in the log', async () => {
    const { store } = await openStores();
    expect(await store.position()).toBe(0);

    await store.moveTo(7);
    await store.moveTo(5);

    expect(await store.position()).toBe(7);
  });
});
