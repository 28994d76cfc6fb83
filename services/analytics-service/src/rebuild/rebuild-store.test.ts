import path from 'node:path';
import { createSystemClock } from '@fanfare/core';
import { migrate, readMigrations } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import { createFreshTables, dropFreshTables } from './count-tables';
import { nothingReached } from './fresh-writer';
import { createRebuildStore, RebuildOver, type RebuildHolder } from './rebuild-store';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));

describeOnEveryDatabase('what is kept of rebuilds', (openDatabase) => {
  async function openStore() {
    const database = await openDatabase();
    await migrate(database, { component: 'analytics', migrations });
    return { database, store: createRebuildStore(database, createSystemClock()) };
  }

  it('lets one begin when none is under way', async () => {
    const { store } = await openStore();
    const first = await store.begin('r-1', false);

    await expect(store.begin('r-2', false)).rejects.toMatchObject({ code: 'already_exists' });
    expect(await store.findActive()).toEqual(first);
    await store.cancel('r-1');
    expect(await store.begin('r-2', true)).toMatchObject({ id: 'r-2', isShadow: true });
  });

  it('is begun from scratch by whoever takes it, and takes nothing more from a former holder', async () => {
    const { database, store } = await openStore();
    const former = { id: 'r-1', fence: 1 };
    const next = { id: 'r-1', fence: 2 };
    const reached = { ...nothingReached, processed: 7, position: 9 };
    await store.begin('r-1', false);
    await store.take(database.queries, former);
    await store.advance(database.queries, former, reached, 'catching_up');
    expect(await store.find('r-1')).toMatchObject({ status: 'catching_up', processed: 7, position: 9 });

    await store.take(database.queries, next);

    expect(await store.find('r-1')).toMatchObject({ status: 'running', processed: 0, position: 0 });
    await expect(store.advance(database.queries, former, reached, 'running')).rejects.toThrow(RebuildOver);
    await expect(store.take(database.queries, former)).rejects.toThrow(RebuildOver);
    await store.advance(database.queries, next, reached, 'running');
  });

  it('leaves the fresh tables to whoever came last', async () => {
    const { database, store } = await openStore();
    const [late, next] = [
      { id: 'r-1', fence: 1 },
      { id: 'r-2', fence: 2 },
    ];
    const begin = (holder: RebuildHolder) =>
      createFreshTables(database, (queries) => store.take(queries, holder));
    const drop = (holder: RebuildHolder) =>
      dropFreshTables(database, (queries) => store.isLast(queries, holder));
    await store.begin('r-1', false);
    await begin(late);
    await store.cancel('r-1');
    await store.begin('r-2', false);
    await begin(next);
    await sql`update rebuild_order_totals set total_orders = 7`.execute(database.queries);

    await expect(begin(late)).rejects.toThrow(RebuildOver);
    await drop(late);

    const { rows } = await sql`select total_orders from rebuild_order_totals`.execute(database.queries);
    expect(rows).toEqual([{ total_orders: 7 }]);
    await drop(next);
    await expect(sql`select 1 from rebuild_order_totals`.execute(database.queries)).rejects.toThrow();
  });

  it('forgets what it waited for when it goes on', async () => {
    const { database, store } = await openStore();
    const holder = { id: 'r-1', fence: 1 };
    await store.begin('r-1', false);
    await store.take(database.queries, holder);
    await store.noteWait(holder, 'the event store is away');
    expect(await store.find('r-1')).toMatchObject({ error: 'the event store is away' });

    await store.advance(database.queries, holder, nothingReached, 'running');

    expect(await store.find('r-1')).toMatchObject({ error: null });
  });

  it('keeps why one failed, which then is over', async () => {
    const { database, store } = await openStore();
    const holder = { id: 'r-1', fence: 1 };
    await store.begin('r-1', false);
    await store.take(database.queries, holder);

    await store.fail(holder, 'no room');

    expect(await store.find('r-1')).toMatchObject({ status: 'failed', error: 'no room' });
    await expect(store.noteWait(holder, 'anything')).rejects.toThrow(RebuildOver);
    expect(await store.cancel('r-1')).toBe(false);
  });
});
