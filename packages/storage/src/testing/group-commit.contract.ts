import { AppError } from '@fanfare/core';
import type { Database, Transact, Transaction } from '../database';
import { groupCommit } from '../group-commit';
import type { DatabaseUnderTest } from './adapters';
import { createItems, item, itemIds } from './items';
import { useDatabases } from './use-databases';

export function describeGroupCommit(underTest: DatabaseUnderTest): void {
  const { open } = useDatabases(underTest);
  let database: Database;
  let transact: Transact;
  let groups: (readonly string[])[];

  const insertItems = {
    stage: 'aggregates' as const,
    write: async ({ queries, dialect }: Transaction, ids: readonly string[]) => {
      groups.push(ids);
      await dialect.insertRows(
        queries,
        'items',
        ids.map((id) => item(id)),
      );
    },
  };

  const insertLater = (id: string) =>
    transact(async (tx) => {
      tx.writeLater(insertItems, id);
      return id;
    });

  beforeEach(async () => {
    database = await open();
    await createItems(database);
    transact = groupCommit(database);
    groups = [];
  });

  describe('group commit', () => {
    it('gives each work its own result and shares the transaction among those that came while one was running', async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `item-${10 + index}`);

      const results = await Promise.all(ids.map(insertLater));

      expect(results).toEqual(ids);
      expect(await itemIds(database.queries)).toEqual(ids);
      expect(groups.map(({ length }) => length)).toEqual([1, 19]);
    });

    it('keeps the fault of one work from its neighbours', async () => {
      await database.dialect.insertRows(database.queries, 'items', [item('taken')]);

      const outcomes = await Promise.allSettled(['a', 'b', 'taken', 'c'].map(insertLater));

      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      expect(await itemIds(database.queries)).toEqual(['a', 'b', 'c', 'taken']);
    });

    it('waits for every work before it rolls back for one of them', async () => {
      const late = transact(async () => undefined);
      const failing = transact(() => Promise.reject(new AppError('invalid', 'no')));
      const slow = transact(async ({ queries, dialect }) => {
        await itemIds(queries);
        await itemIds(queries);
        await dialect.insertRows(queries, 'items', [item('slow')]);
      });

      await Promise.all([late, slow]);

      await expect(failing).rejects.toMatchObject({ code: 'invalid' });
      expect(await itemIds(database.queries)).toEqual(['slow']);
    });

    it('calls afterCommit once for a work that was run twice', async () => {
      const calls: string[] = [];
      const announce = (name: string) =>
        transact(async (tx) => {
          tx.afterCommit(() => calls.push(name));
        });

      await Promise.allSettled([
        announce('a'),
        announce('b'),
        transact(() => Promise.reject(new Error('no'))),
      ]);

      expect(calls).toEqual(['a', 'b']);
    });

    it('refuses with unavailable what would make the queue too long', async () => {
      transact = groupCommit(database, { maxWaiting: 2 });

      const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map(insertLater));

      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'fulfilled',
        'rejected',
      ]);
      expect(outcomes[3]).toMatchObject({ reason: { code: 'unavailable' } });
    });
  });
}
