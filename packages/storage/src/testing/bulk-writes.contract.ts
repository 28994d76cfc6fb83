import { AppError } from '@fanfare/core';
import { sql } from 'kysely';
import type { Database } from '../database';
import type { DatabaseUnderTest } from './adapters';
import { createItems, item, itemIds, numberOf, withItems } from './items';
import { useDatabases } from './use-databases';

export function describeBulkWrites(underTest: DatabaseUnderTest): void {
  const { open } = useDatabases(underTest);
  let database: Database;

  beforeEach(async () => {
    database = await open();
    await createItems(database);
  });

  describe('bulk writes', () => {
    it('inserts more rows than fit into one statement', async () => {
      const rows = Array.from({ length: 12_345 }, (_, index) => item(`item-${index}`, index));

      await database.transact(({ queries, dialect }) => dialect.insertRows(queries, 'items', rows));

      const { rows: answer } = await sql<{ count: number; total: number }>`
        select count(*) as ${sql.ref('count')}, sum(n) as total from items`.execute(database.queries);
      expect(answer).toEqual([{ count: 12_345, total: (12_344 * 12_345) / 2 }]);
    });

    it('inserts more text than a server takes in one statement', async () => {
      const body = 'ü'.repeat(1_000_000);
      const rows = Array.from({ length: 20 }, (_, index) => ({ ...item(`item-${index}`), body }));

      await database.dialect.insertRows(database.queries, 'items', rows);

      expect(await itemIds(database.queries)).toHaveLength(20);
    });

    it('takes an empty list for nothing to do', async () => {
      const { dialect, queries } = database;

      await dialect.insertRows(queries, 'items', []);
      await dialect.upsertRows(queries, 'items', [], { key: ['id'] });

      expect(await dialect.insertNewRows(queries, 'items', [])).toBe(0);
      expect(await itemIds(queries)).toEqual([]);
    });

    it('refuses rows of unequal columns', async () => {
      const outcome = database.dialect.insertRows(database.queries, 'items', [item('a'), { id: 'b', n: 1 }]);

      await expect(outcome).rejects.toMatchObject({ code: 'internal' });
    });

    it.each([3, 5_000])('inserts none of %i rows when one of them exists', async (count) => {
      const rows = Array.from({ length: count }, (_, index) => item(`item-${index}`));
      await database.dialect.insertRows(database.queries, 'items', rows.slice(-1));

      const outcome = database.dialect.insertRows(database.queries, 'items', rows);

      await expect(outcome).rejects.toMatchObject({ code: 'already_exists' });
      expect(await itemIds(database.queries)).toHaveLength(1);
    });

    it('inserts only what is new where told so, and says how many', async () => {
      const { dialect, queries } = database;
      await dialect.insertRows(queries, 'items', [item('b', 7)]);

      const several = await dialect.insertNewRows(queries, 'items', [
        item('a', 1),
        item('b', 2),
        item('c', 3),
      ]);
      const none = await dialect.insertNewRows(queries, 'items', [item('a', 9)]);

      expect([several, none]).toEqual([2, 0]);
      expect(await itemIds(queries)).toEqual(['a', 'b', 'c']);
      expect(await numberOf(queries, 'b')).toBe(7);
    });

    it('forgives no other fault of a row than that it exists', async () => {
      const nameless = { ...item('b'), n: null };

      const outcome = database.dialect.insertNewRows(database.queries, 'items', [item('a'), nameless]);

      await expect(outcome).rejects.toMatchObject({ code: 'internal' });
      expect(await itemIds(database.queries)).toEqual([]);
    });

    it('adds to or replaces the columns of a row that exists', async () => {
      const { dialect, queries } = database;
      await dialect.insertRows(queries, 'items', [{ ...item('a', 5), body: 'old' }]);

      await dialect.upsertRows(
        queries,
        'items',
        [
          { ...item('a', 3), body: 'new' },
          { ...item('b', 2), body: 'first' },
        ],
        { key: ['id'], add: ['n'], replace: ['body'] },
      );

      const rows = await withItems(queries)
        .selectFrom('items')
        .select(['id', 'n', 'body'])
        .orderBy('id')
        .execute();
      expect(rows).toEqual([
        { id: 'a', n: 8, body: 'new' },
        { id: 'b', n: 2, body: 'first' },
      ]);
    });

    it('leaves a row that exists as it is when there is nothing to change', async () => {
      const { dialect, queries } = database;
      await dialect.insertRows(queries, 'items', [item('a', 5)]);

      await dialect.upsertRows(queries, 'items', [item('a', 3)], { key: ['id'] });

      expect(await numberOf(queries, 'a')).toBe(5);
    });
  });

  describe('unanswered writes', () => {
    const isUnanswered = true;

    it('are seen by the next statement of their transaction, and committed with it', async () => {
      const seen = await database.transact(async ({ queries, dialect }) => {
        await dialect.insertRows(queries, 'items', [item('a', 5)], { isUnanswered });
        await dialect.upsertRows(
          queries,
          'items',
          [item('a', 3)],
          { key: ['id'], add: ['n'] },
          { isUnanswered },
        );
        return numberOf(queries, 'a');
      });

      expect(seen).toBe(8);
      expect(await numberOf(database.queries, 'a')).toBe(8);
    });

    it('are committed also when nothing else is in the transaction', async () => {
      await database.transact(async ({ queries, dialect }) => {
        await dialect.insertRows(queries, 'items', [item('a')], { isUnanswered });
        await dialect.insertRows(queries, 'items', [item('b')], { isUnanswered });
      });

      expect(await itemIds(database.queries)).toEqual(['a', 'b']);
    });

    it('fail their whole transaction with the error that they would have thrown', async () => {
      await database.dialect.insertRows(database.queries, 'items', [item('b')]);

      const outcome = database.transact(async ({ queries, dialect }) => {
        await dialect.insertRows(queries, 'items', [item('a')], { isUnanswered });
        await dialect.insertRows(queries, 'items', [item('b')], { isUnanswered });
      });

      await expect(outcome).rejects.toMatchObject({ code: 'already_exists' });
      expect(await itemIds(database.queries)).toEqual(['b']);
    });

    it('are undone when the transaction is, and leave nothing behind for the next one', async () => {
      const outcome = database.transact(async ({ queries, dialect }) => {
        await dialect.insertRows(queries, 'items', [item('a')], { isUnanswered });
        throw new AppError('invalid', 'changed its mind');
      });

      await expect(outcome).rejects.toMatchObject({ code: 'invalid' });
      await database.transact(({ queries, dialect }) => dialect.insertRows(queries, 'items', [item('b')]));
      expect(await itemIds(database.queries)).toEqual(['b']);
    });

    it('may be more than a server takes in one statement', async () => {
      const body = 'ü'.repeat(1_000_000);
      await database.transact(async ({ queries, dialect }) => {
        for (let index = 0; index < 12; index += 1) {
          await dialect.insertRows(queries, 'items', [{ ...item(`item-${index}`), body }], { isUnanswered });
        }
      });

      expect(await itemIds(database.queries)).toHaveLength(12);
    });
  });

  describe('takeNumbers', () => {
    it('returns the number before, also when that is zero', async () => {
      const { dialect, queries } = database;
      await dialect.insertRows(queries, 'items', [item('counter', 0)]);

      const first = await dialect.takeNumbers(queries, 'items', 'n', { id: 'counter' }, 5);
      const second = await dialect.takeNumbers(queries, 'items', 'n', { id: 'counter' }, 1);

      expect([first, second]).toEqual([0, 5]);
      expect(await numberOf(queries, 'counter')).toBe(6);
    });

    it('throws not_found when there is no such row', async () => {
      const outcome = database.dialect.takeNumbers(database.queries, 'items', 'n', { id: 'nobody' }, 1);

      await expect(outcome).rejects.toMatchObject({ code: 'not_found' });
    });

    it('leaves no gap and gives no number twice under concurrency, whoever is rolled back', async () => {
      await database.dialect.insertRows(database.queries, 'items', [item('counter', 0)]);
      const taken: number[] = [];
      const take = async (_: unknown, index: number) => {
        const first = await database.transact(async ({ queries, dialect }) => {
          const number = await dialect.takeNumbers(queries, 'items', 'n', { id: 'counter' }, 2);
          if (index % 3 === 0) throw new AppError('invalid', 'changed its mind');
          return number;
        });
        taken.push(first, first + 1);
      };

      await Promise.allSettled(Array.from({ length: 30 }, take));

      expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, number) => number));
    });
  });
}
