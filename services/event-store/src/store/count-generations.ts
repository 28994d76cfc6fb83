import { PermanentError } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import type { StoreTables } from './store-tables';
import type { Tally } from './tally';

/** Counts that were made beside those that are read. */
export interface Generation {
  readonly name: string;
  /** They are of the events after this position, up to the other. */
  readonly after: number;
  readonly position: number;
}

/** What a generation of the counts comes to. */
export async function readGeneration(database: Database, name: string): Promise<Tally> {
  const rows = await database.queries
    .withTables<StoreTables>()
    .selectFrom('log_counts')
    .select(['kind', 'type', 'amount'])
    .where('generation', '=', name)
    .where('amount', '<>', 0)
    .execute();
  const amountsOf = (wanted: string) =>
    new Map(rows.flatMap(({ kind, type, amount }) => (kind === wanted ? [[type, amount] as const] : [])));
  return { events: amountsOf('event'), aggregates: amountsOf('aggregate') };
}

/**
 * Puts a generation in the place of the one that is read, and counting goes on from it. Throws `PermanentError` when the log was
 * truncated while it was made.
 */
export async function switchGeneration(
  tx: Transaction,
  { name, after, position }: Generation,
): Promise<void> {
  const queries = tx.queries.withTables<StoreTables>();
  const replaced = await queries
    .selectFrom('log_counts_state')
    .select(['generation', 'counted_after'])
    .modifyEnd(tx.dialect.forUpdate)
    .executeTakeFirstOrThrow();
  if (replaced.counted_after !== after) throw truncatedMeanwhile();
  await queries.updateTable('log_counts_state').set({ generation: name, position }).execute();
  await dropGeneration(tx, replaced.generation);
}

export async function dropGeneration(tx: Transaction, name: string): Promise<void> {
  await tx.queries
    .withTables<StoreTables>()
    .deleteFrom('log_counts')
    .where('generation', '=', name)
    .execute();
}

/** Drops what recounts have left that were cancelled or failed. Ids are not used again, so that nobody reads or goes on with it. */
export async function dropLeftGenerations(database: Database): Promise<void> {
  const left = await database.queries
    .withTables<StoreTables>()
    .selectFrom('log_counts')
    .select('generation')
    .distinct()
    .where((row) => row('generation', 'not in', row.selectFrom('log_counts_state').select('generation')))
    .where((row) =>
      row(
        'generation',
        'not in',
        row.selectFrom('replays').select('id').where('state', 'in', ['running', 'paused']),
      ),
    )
    .execute();
  for (const { generation } of left) await database.transact((tx) => dropGeneration(tx, generation));
}

export function truncatedMeanwhile(): PermanentError {
  return new PermanentError('the log was truncated meanwhile; it has to be counted from its new beginning');
}
