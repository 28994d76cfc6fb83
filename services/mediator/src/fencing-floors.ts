import type { Queries, Transaction } from '@fanfare/storage';
import { mediatorStore } from './mediators/mediator-store';

/** Whose fencing tokens these are. */
export type FencedKind = 'resource' | 'task';

/** See `migrations/0012-fencing-floors.sql`. */
type FencingTables = {
  fencing_floors: { mediator: string; kind: FencedKind; token: number };
};

/**
 * Where tokens go on. Whatever a resource or a task protects refuses smaller tokens than it has seen, and does not hear when
 * the object is removed: one that is made again under its id begins above all that are gone, also in a mediator that is made again.
 */
export const fencingFloors = {
  /** The last token that may have been given for an object that is gone; 0 where none was. */
  async find(queries: Queries, mediator: string, kind: FencedKind): Promise<number> {
    const row = await tables(queries)
      .selectFrom('fencing_floors')
      .select('token')
      .where('mediator', '=', mediator)
      .where('kind', '=', kind)
      .executeTakeFirst();
    return row?.token ?? 0;
  },

  /** To be called before objects are removed, with the greatest of their tokens. */
  async raise(tx: Transaction, mediatorKey: number, kind: FencedKind, token: number): Promise<void> {
    if (token === 0) return;
    const mediator = (await mediatorStore.findByKey(tx.queries, mediatorKey))?.name;
    // it was raised for all that was in it when the mediator was removed
    if (mediator === undefined) return;
    const floor = { mediator, kind, token };
    if (await raiseRow(tx, floor)) return;
    if ((await tx.dialect.insertNewRows(tx.queries, 'fencing_floors', [floor])) > 0) return;
    // it is as high already, unless somebody has just made it
    await raiseRow(tx, floor);
  },
};

async function raiseRow(
  tx: Transaction,
  { mediator, kind, token }: FencingTables['fencing_floors'],
): Promise<boolean> {
  const { numUpdatedRows } = await tables(tx.queries)
    .updateTable('fencing_floors')
    .set({ token })
    .where('mediator', '=', mediator)
    .where('kind', '=', kind)
    .where('token', '<', token)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

function tables(queries: Queries) {
  return queries.withTables<FencingTables>();
}
