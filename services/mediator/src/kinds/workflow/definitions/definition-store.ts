import type { Queries, Transaction } from '@fanfare/storage';
import { pruneRows } from '../../../prune-rows';
import type { WorkflowDefinition } from './definition';
import { readDefinition, writeDefinition } from './kept-definition';

/** See `migrations/0004-definitions.sql`. Times are milliseconds since 1970. */
type DefinitionTables = {
  workflow_definitions: {
    mediator_key: number;
    name: string;
    version: number;
    number: number;
    is_newest: number;
    definition: string;
    created_at: number;
    ended_at: number | null;
  };
};
type DefinitionRow = DefinitionTables['workflow_definitions'];

/** One version of a definition. */
export interface StoredDefinition {
  readonly definition: WorkflowDefinition;
  /** From 1. Removed ones count: what runs say that they went by stays true. */
  readonly version: number;
  /** In the order in which the versions of all definitions of the mediator came. */
  readonly number: number;
  readonly createdAt: Date;
}

export interface DefinitionPage {
  /** Only what comes after this number in the order asked for. */
  readonly after: number | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** The definitions of workflows. Who changes them has locked the mediator against everybody else. */
export const definitionStore = {
  /** A version, the newest unless another is named; undefined when there is none, or when it was removed. */
  async find(
    queries: Queries,
    mediatorKey: number,
    name: string,
    version?: number,
  ): Promise<StoredDefinition | undefined> {
    const ofName = present(queries, mediatorKey).where('name', '=', name);
    const row = await (
      version === undefined ? ofName.where('is_newest', '=', 1) : ofName.where('version', '=', version)
    ).executeTakeFirst();
    return row && fromRow(row);
  },

  /** The newest of each. */
  async list(
    queries: Queries,
    mediatorKey: number,
    { after, order, limit, offset }: DefinitionPage,
  ): Promise<readonly StoredDefinition[]> {
    let page = present(queries, mediatorKey).where('is_newest', '=', 1).orderBy('number', order);
    if (after !== undefined) page = page.where('number', order === 'asc' ? '>' : '<', after);
    return (await page.limit(limit).offset(offset).execute()).map(fromRow);
  },

  /** Adds a definition as the next version of its name. */
  async add(
    tx: Transaction,
    mediatorKey: number,
    definition: WorkflowDefinition,
    at: Date,
  ): Promise<StoredDefinition> {
    const { name } = definition;
    const version = 1 + (await findLast(tx.queries, { mediator_key: mediatorKey, name }, 'version'));
    const number = 1 + (await findLast(tx.queries, { mediator_key: mediatorKey }, 'number'));
    await changePresent(tx.queries, mediatorKey, name, { is_newest: 0 });
    const row: DefinitionRow = {
      mediator_key: mediatorKey,
      name,
      version,
      number,
      is_newest: 1,
      definition: writeDefinition(definition),
      created_at: at.getTime(),
      ended_at: null,
    };
    await tx.dialect.insertRows(tx.queries, 'workflow_definitions', [row]);
    return { definition, version, number, createdAt: at };
  },

  /** Removes all versions; tells whether there were any. */
  remove(tx: Transaction, mediatorKey: number, name: string, at: Date): Promise<boolean> {
    return changePresent(tx.queries, mediatorKey, name, { is_newest: 0, ended_at: at.getTime() });
  },

  /** Forgets everything of a mediator. */
  async removeAll(tx: Transaction, mediatorKey: number): Promise<void> {
    await tables(tx.queries)
      .deleteFrom('workflow_definitions')
      .where('mediator_key', '=', mediatorKey)
      .execute();
  },

  /** Forgets up to `limit` versions that were removed before a time; returns how many. */
  prune(queries: Queries, before: Date, limit: number): Promise<number> {
    return pruneRows(
      queries,
      { table: 'workflow_definitions', key: ['mediator_key', 'name', 'version'] },
      before,
      limit,
    );
  },
};

function tables(queries: Queries) {
  return queries.withTables<DefinitionTables>();
}

function present(queries: Queries, mediatorKey: number) {
  return tables(queries)
    .selectFrom('workflow_definitions')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('ended_at', 'is', null);
}

/** The greatest number in a column, removed ones included; 0 for none. */
async function findLast(
  queries: Queries,
  where: Partial<Pick<DefinitionRow, 'mediator_key' | 'name'>>,
  column: 'version' | 'number',
): Promise<number> {
  const last = await tables(queries)
    .selectFrom('workflow_definitions')
    .select(column)
    .where((row) => row.and(where))
    .orderBy(column, 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.[column] ?? 0;
}

async function changePresent(
  queries: Queries,
  mediatorKey: number,
  name: string,
  change: Partial<DefinitionRow>,
): Promise<boolean> {
  const { numUpdatedRows } = await tables(queries)
    .updateTable('workflow_definitions')
    .set(change)
    .where('mediator_key', '=', mediatorKey)
    .where('name', '=', name)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function fromRow({ definition, version, number, created_at }: DefinitionRow): StoredDefinition {
  return { definition: readDefinition(definition), version, number, createdAt: new Date(created_at) };
}
