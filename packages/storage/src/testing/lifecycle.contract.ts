import type { Database } from '../database';
import type { DatabaseUnderTest } from './adapters';
import { itWhen } from './capability';
import { createGate } from './gate';
import { createItems, item, itemIds } from './items';
import { useDatabases } from './use-databases';

export function describeLifecycle(underTest: DatabaseUnderTest): void {
  const { open, reopen } = useDatabases(underTest);
  let database: Database;

  beforeEach(async () => {
    database = await open();
    await createItems(database);
  });

  describe('opening and closing', () => {
    itWhen(underTest.capabilities.durable)('keeps what was committed', async () => {
      await database.transact(({ queries, dialect }) => dialect.insertRows(queries, 'items', [item('a')]));
      await database.close();

      const again = await reopen();

      expect(await itemIds(again.queries)).toEqual(['a']);
    });

    it('answers a ping, also while a transaction is open', async () => {
      const gate = createGate();
      const open = database.transact(async (tx) => {
        await itemIds(tx.queries);
        await gate.passed;
      });

      await database.ping();

      gate.open();
      await open;
    });

    it('counts the connections that are in use', async () => {
      const during = await database.transact(async (tx) => {
        await itemIds(tx.queries);
        return database.poolState();
      });

      expect(during.used).toBe(1);
      expect(database.poolState()).toMatchObject({ used: 0, waiting: 0 });
    });

    it('waits with closing for the transactions that were begun', async () => {
      const gate = createGate();
      const order: string[] = [];
      const begun = database.transact(async ({ queries, dialect }) => {
        await itemIds(queries);
        await gate.passed;
        await dialect.insertRows(queries, 'items', [item('a')]);
        order.push('written');
      });
      await database.ping();

      const closed = database.close().then(() => order.push('closed'));
      gate.open();
      await Promise.all([begun, closed]);

      expect(order).toEqual(['written', 'closed']);
    });

    it('refuses everything once closed, and may be closed again', async () => {
      await database.close();
      await database.close();

      const outcomes = await Promise.allSettled([
        database.ping(),
        itemIds(database.queries),
        database.transact((tx) => itemIds(tx.queries)),
      ]);

      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
      }
    });
  });
}
