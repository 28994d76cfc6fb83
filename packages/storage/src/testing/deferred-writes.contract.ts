import type { Database, Transaction } from '../database';
import type { DatabaseUnderTest } from './adapters';
import { createItems, item, itemIds } from './items';
import { useDatabases } from './use-databases';

export function describeDeferredWrites(underTest: DatabaseUnderTest): void {
  const { open } = useDatabases(underTest);
  let database: Database;

  const insert = ({ queries, dialect }: Transaction, id: string) =>
    dialect.insertRows(queries, 'items', [item(id)]);

  beforeEach(async () => {
    database = await open();
    await createItems(database);
  });

  describe('deferred writes', () => {
    const log: { stage: string; items: readonly string[] }[] = [];
    const aggregates = {
      stage: 'aggregates' as const,
      write: async (tx: Transaction, items: readonly string[]) => {
        log.push({ stage: 'aggregates', items });
        await tx.dialect.insertRows(
          tx.queries,
          'items',
          items.map((id) => item(id)),
        );
      },
    };
    const counters = {
      stage: 'counters' as const,
      write: async (_: Transaction, items: readonly string[]) => void log.push({ stage: 'counters', items }),
    };

    beforeEach(() => {
      log.length = 0;
    });

    it('are done once with all their items, aggregates before counters, in the transaction', async () => {
      await database.transact(async (tx) => {
        tx.writeLater(counters, 'x');
        tx.writeLater(aggregates, 'a');
        tx.writeLater(aggregates, 'b');
        tx.writeLater(counters, 'y');
        expect(await itemIds(tx.queries)).toEqual([]);
      });

      expect(log).toEqual([
        { stage: 'aggregates', items: ['a', 'b'] },
        { stage: 'counters', items: ['x', 'y'] },
      ]);
      expect(await itemIds(database.queries)).toEqual(['a', 'b']);
    });

    it('may put off further writes', async () => {
      const chained = {
        stage: 'aggregates' as const,
        write: async (tx: Transaction) => {
          tx.writeLater(counters, 'from the aggregate');
          tx.writeLater(aggregates, 'c');
        },
      };

      await database.transact(async (tx) => {
        tx.writeLater(counters, 'x');
        tx.writeLater(chained, undefined);
      });

      expect(log).toEqual([
        { stage: 'aggregates', items: ['c'] },
        { stage: 'counters', items: ['x', 'from the aggregate'] },
      ]);
    });

    it('undo the whole transaction when they fail', async () => {
      const outcome = database.transact(async (tx) => {
        await insert(tx, 'a');
        tx.writeLater(aggregates, 'a');
      });

      await expect(outcome).rejects.toMatchObject({ code: 'already_exists' });
      expect(await itemIds(database.queries)).toEqual([]);
    });
  });

  describe('afterCommit', () => {
    it('is called once, when the commit has succeeded', async () => {
      const calls: string[] = [];

      await database.transact(async (tx) => {
        tx.afterCommit(() => calls.push('committed'));
        await insert(tx, 'a');
        expect(calls).toEqual([]);
      });

      expect(calls).toEqual(['committed']);
    });

    it('is not called when the transaction is rolled back', async () => {
      const calls: string[] = [];

      const outcome = database.transact(async (tx) => {
        tx.afterCommit(() => calls.push('committed'));
        await insert(tx, 'a');
        await insert(tx, 'a');
      });

      await expect(outcome).rejects.toMatchObject({ code: 'already_exists' });
      expect(calls).toEqual([]);
    });
  });
}
