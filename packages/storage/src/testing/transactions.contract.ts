import { AppError } from '@fanfare/core';
import { CompiledQuery } from 'kysely';
import type { Database } from '../database';
import type { DatabaseUnderTest } from './adapters';
import { itWhen } from './capability';
import { createGate } from './gate';
import { createItems, item, itemIds, numberOf, withItems } from './items';
import { useDatabases } from './use-databases';

export function describeTransactions(underTest: DatabaseUnderTest): void {
  const { open, reopen } = useDatabases(underTest);
  let database: Database;

  const increment = ({ transact }: Database) =>
    transact(async ({ queries, dialect }) => {
      const items = withItems(queries);
      const { n } = await items
        .selectFrom('items')
        .select('n')
        .where('id', '=', 'counter')
        .modifyEnd(dialect.forUpdate)
        .executeTakeFirstOrThrow();
      await items
        .updateTable('items')
        .set({ n: n + 1 })
        .where('id', '=', 'counter')
        .execute();
    });

  const insert = ({ queries, dialect }: Pick<Database, 'queries' | 'dialect'>, id: string) =>
    dialect.insertRows(queries, 'items', [item(id)]);

  beforeEach(async () => {
    database = await open();
    await createItems(database);
  });

  describe('transactions', () => {
    it('commits what the work wrote and returns its result', async () => {
      const result = await database.transact(async (tx) => {
        await insert(tx, 'a');
        return 'done';
      });

      expect(result).toBe('done');
      expect(await itemIds(database.queries)).toEqual(['a']);
    });

    it('rolls back everything when the work throws, and throws that error', async () => {
      const failure = new Error('no');

      const outcome = database.transact(async (tx) => {
        await insert(tx, 'a');
        throw failure;
      });

      await expect(outcome).rejects.toBe(failure);
      expect(await itemIds(database.queries)).toEqual([]);
    });

    it('rolls back a transaction that throws before its first statement', async () => {
      const outcome = database.transact(() => Promise.reject(new Error('no')));

      await expect(outcome).rejects.toThrow('no');
      await database.transact((tx) => insert(tx, 'a'));
      expect(await itemIds(database.queries)).toEqual(['a']);
    });

    it('hides what is not committed from other transactions', async () => {
      const gate = createGate();
      const failing = database.transact(async (tx) => {
        await insert(tx, 'a');
        await gate.passed;
        throw new Error('no');
      });

      const seen = database.transact((tx) => itemIds(tx.queries));
      gate.open();

      await expect(failing).rejects.toThrow('no');
      expect(await seen).toEqual([]);
    });

    it('keeps a write outside of a transaction out of one that is open', async () => {
      const gate = createGate();
      const failing = database.transact(async (tx) => {
        await insert(tx, 'inside');
        await gate.passed;
        throw new Error('no');
      });

      const outside = database.dialect.insertRows(database.queries, 'items', [item('outside')]);
      gate.open();

      await expect(failing).rejects.toThrow('no');
      await outside;
      expect(await itemIds(database.queries)).toEqual(['outside']);
    });

    it('loses no update when transactions lock the row that they read', async () => {
      await insert(database, 'counter');

      await Promise.all(Array.from({ length: 30 }, () => increment(database)));

      expect(await numberOf(database.queries, 'counter')).toBe(30);
    });

    itWhen(underTest.capabilities.durable)('loses no update between two processes', async () => {
      await insert(database, 'counter');
      const other = await reopen();

      await Promise.all(
        Array.from({ length: 30 }, (_, index) => increment(index % 2 === 0 ? database : other)),
      );

      expect(await numberOf(database.queries, 'counter')).toBe(30);
    });

    itWhen(underTest.capabilities.parallel)('runs the victim of a deadlock again', async () => {
      await database.dialect.insertRows(database.queries, 'items', [item('a'), item('b')]);
      const gates = [createGate(), createGate()] as const;
      let runs = 0;
      const lockBoth = (first: string, second: string, mine: 0 | 1) =>
        database.transact(async ({ queries, dialect }) => {
          runs += 1;
          await dialect.takeNumbers(queries, 'items', 'n', { id: first }, 1);
          gates[mine].open();
          await gates[1 - mine]?.passed;
          await dialect.takeNumbers(queries, 'items', 'n', { id: second }, 1);
        });

      await Promise.all([lockBoth('a', 'b', 0), lockBoth('b', 'a', 1)]);

      expect(runs).toBe(3);
      expect(await numberOf(database.queries, 'a')).toBe(2);
      expect(await numberOf(database.queries, 'b')).toBe(2);
    });

    itWhen(underTest.capabilities.parallel)(
      'leaves out rows that others have locked, when told to',
      async () => {
        await database.dialect.insertRows(database.queries, 'items', [item('a'), item('b')]);
        const take = (tx: Pick<Database, 'queries' | 'dialect'>) =>
          withItems(tx.queries)
            .selectFrom('items')
            .select('id')
            .orderBy('id')
            .limit(1)
            .modifyEnd(tx.dialect.forUpdateSkipLocked)
            .execute();

        const taken = await database.transact(async (tx) => [
          await take(tx),
          await database.transact(take),
          await database.transact(take),
        ]);

        expect(taken).toEqual([[{ id: 'a' }], [{ id: 'b' }], [{ id: 'b' }]]);
      },
    );

    it('does not run work again for a conflict of its own', async () => {
      let runs = 0;

      const outcome = database.transact(() => {
        runs += 1;
        return Promise.reject(new AppError('conflict', 'not now'));
      });

      await expect(outcome).rejects.toMatchObject({ code: 'conflict', message: 'not now' });
      expect(runs).toBe(1);
    });
  });

  describe('errors', () => {
    it('calls a second row under a unique key already_exists, with the cause of it and nothing of it in the message', async () => {
      await insert(database, 'a');

      const error = await insert(database, 'a').catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'already_exists', message: 'there is such a row already' });
      expect((error as AppError).cause).toHaveProperty(
        'code',
        expect.stringMatching(/^(SQLITE_CONSTRAINT|ER_DUP)/),
      );
    });

    it('goes on with a transaction after a unique violation that the work has caught', async () => {
      await insert(database, 'a');

      await database.transact(async (tx) => {
        await expect(insert(tx, 'a')).rejects.toMatchObject({ code: 'already_exists' });
        await insert(tx, 'b');
      });

      expect(await itemIds(database.queries)).toEqual(['a', 'b']);
    });

    it('calls a statement that the database does not take internal', async () => {
      const outcome = database.queries.executeQuery(CompiledQuery.raw('select nothing from nowhere'));

      await expect(outcome).rejects.toMatchObject({ name: 'AppError', code: 'internal' });
    });

    it('refuses a query on a transaction that has ended', async () => {
      const queries = await database.transact(async (tx) => tx.queries);

      await expect(itemIds(queries)).rejects.toThrow('committed');
    });
  });
}
