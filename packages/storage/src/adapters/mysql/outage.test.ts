import { eventually } from '@fanfare/core/testing';
import { sql } from 'kysely';
import type { Database } from '../../database';
import { openDatabase } from '../../open-database';
import { createGate } from '../../testing/gate';
import { createItems, item, itemIds } from '../../testing/items';
import { describeOutages, timed } from '../../testing/outages';
import { createTestProxy, type TestProxy } from '../../testing/test-proxy';
import { databaseAdapters } from '../../testing/adapters';

describeOutages('MySQL', 'TEST_MYSQL_URL', ({ toxiproxyUrl }) => {
  const underTest = databaseAdapters().at(-1)?.underTest;
  if (!underTest || 'missing' in underTest) throw new Error('there is no server');
  let proxy: TestProxy;
  let database: Database;

  const insert = (id: string) =>
    database.transact(({ queries, dialect }) => dialect.insertRows(queries, 'items', [item(id)]));

  beforeEach(async () => {
    proxy = await createTestProxy(toxiproxyUrl, await underTest.createUrl());
    database = await openDatabase(proxy.url);
    await createItems(database);
    await insert('before');
    await database.ping();
  });

  afterEach(async () => {
    await database.close();
    await proxy.remove();
    await underTest.removeAll();
  });

  it('fails every call with unavailable while the server is away, and works again when it is back', async () => {
    await proxy.cut();

    expect(await timed(() => database.ping())).toMatchObject({ code: 'unavailable' });
    expect(await timed(() => insert('lost'))).toMatchObject({ code: 'unavailable' });
    expect(await timed(() => itemIds(database.queries))).toMatchObject({ code: 'unavailable' });

    await proxy.restore();
    await database.ping();
    await insert('after');
    expect(await itemIds(database.queries)).toEqual(['after', 'before']);
  });

  it('hides from the next transaction and the next read that idle connections have died meanwhile', async () => {
    await Promise.all([insert('b'), insert('c'), insert('d')]);

    await proxy.cut();
    await proxy.restore();
    const outcomes = await Promise.all([timed(() => insert('e')), timed(() => itemIds(database.queries))]);

    expect(outcomes).toMatchObject([{ code: 'ok' }, { code: 'ok' }]);
  });

  it('rolls back the transaction in which the connection was lost', async () => {
    const [isWritten, gate] = [createGate(), createGate()];
    const interrupted = timed(() =>
      database.transact(async ({ queries, dialect }) => {
        await dialect.insertRows(queries, 'items', [item('a')]);
        isWritten.open();
        await gate.passed;
        await dialect.insertRows(queries, 'items', [item('b')]);
      }),
    );
    await isWritten.passed;

    await proxy.cut();
    await proxy.restore();
    gate.open();

    expect(await interrupted).toMatchObject({ code: 'unavailable' });
    expect(await itemIds(database.queries)).toEqual(['before']);
  });

  it('says within two seconds that a frozen server does not answer', async () => {
    await proxy.freeze();

    const pings = await Promise.all([timed(() => database.ping()), timed(() => database.ping())]);

    for (const { code, ms } of pings) {
      expect(code).toBe('unavailable');
      expect(ms).toBeLessThan(2_000);
    }
    await proxy.restore();
    await eventually(() => database.ping());
  });

  it('gives up a statement that takes longer than it may, and the connection with it', async () => {
    const limited = await openDatabase(`${proxy.url}?statement_limit_ms=500`);
    await itemIds(limited.queries);

    const outcome = await timed(() =>
      limited.transact(({ queries }) => sql`select sleep(20)`.execute(queries)),
    );

    expect(outcome.code).toBe('unavailable');
    expect(outcome.ms).toBeLessThan(5_000);
    expect(limited.poolState()).toEqual({ used: 0, idle: 0, waiting: 0 });
    expect(await itemIds(limited.queries)).toEqual(['before']);
    await limited.close();
  });

  it('opens without the server', async () => {
    await proxy.cut();
    const opened = await openDatabase(proxy.url);

    expect(await timed(() => opened.ping())).toMatchObject({ code: 'unavailable' });

    await proxy.restore();
    await opened.ping();
    await opened.close();
  });
});
