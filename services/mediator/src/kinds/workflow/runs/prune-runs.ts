import type { Archive, Queries, Transaction } from '@fanfare/storage';
import { archiveRows } from '../../../archive-rows';
import type { Part, PartDeps } from '../../../part';
import { erasureRecord } from '../../../privacy/erasure-record';
import type { RunTables } from './run-store';

/** Without the state: it is what the history comes to. */
const columns = [
  ...(['mediator_key', 'id', 'name', 'status', 'sequence', 'definition', 'trace'] as const),
  ...(['request_hash', 'next_action_at', 'created_at', 'ended_at'] as const),
];
type RunRow = Pick<RunTables['workflows'], (typeof columns)[number]>;
type RunKey = Pick<RunRow, 'mediator_key' | 'id'>;

/**
 * Deletes runs that ended long ago, with their histories. Each is archived, where there is an archive, in the transaction
 * that deletes it: nobody else archives it meanwhile, and nobody is forgotten whom it names.
 */
export function createPruneRuns({
  database,
  archive,
}: Pick<PartDeps, 'database' | 'archive'>): NonNullable<Part['prune']> {
  async function pruneOne(found: RunKey, before: Date): Promise<number> {
    // one that is away is waited for before anything is locked
    await archive?.ping();
    return database.transact(async (tx) => {
      if (archive) await erasureRecord.holdOff(tx);
      const run = await lockEnded(tx, found, before);
      if (!run) return 0;
      if (archive) await keep(archive, tx.queries, run);
      await forget(tx.queries, run);
      return 1;
    });
  }

  return async function prune(before, limit) {
    const found = await database.queries
      .withTables<RunTables>()
      .selectFrom('workflows')
      .select(['mediator_key', 'id'])
      .where('ended_at', '<', before.getTime())
      .limit(limit)
      .execute();
    let pruned = 0;
    for (const each of found) pruned += await pruneOne(each, before);
    return pruned;
  };
}

/** Undefined for one that has come to life again, because it was tried again, or that another instance archives. */
function lockEnded(
  { queries, dialect }: Transaction,
  { mediator_key: mediatorKey, id }: RunKey,
  before: Date,
): Promise<RunRow | undefined> {
  return queries
    .withTables<RunTables>()
    .selectFrom('workflows')
    .select(columns)
    .where('mediator_key', '=', mediatorKey)
    .where('id', '=', id)
    .where('ended_at', '<', before.getTime())
    .modifyEnd(dialect.forUpdateSkipLocked)
    .executeTakeFirst();
}

async function keep(archive: Archive, queries: Queries, run: RunRow): Promise<void> {
  // the id is free for another run later
  const key = `${run.mediator_key}/${run.id}/${run.created_at}`;
  const history = await queries
    .withTables<RunTables>()
    .selectFrom('workflow_events')
    .selectAll()
    .where('mediator_key', '=', run.mediator_key)
    .where('run_id', '=', run.id)
    .orderBy('sequence')
    .execute();
  await archiveRows(archive, queries, [run.mediator_key], {
    workflow_events: history.map((event) => ({ key: `${key}/${event.sequence}`, row: event })),
    workflows: [{ key, row: run }],
  });
}

async function forget(queries: Queries, { mediator_key: mediatorKey, id }: RunKey): Promise<void> {
  const tables = queries.withTables<RunTables>();
  for (const table of ['workflow_events', 'workflow_signals'] as const) {
    await tables.deleteFrom(table).where('mediator_key', '=', mediatorKey).where('run_id', '=', id).execute();
  }
  await tables.deleteFrom('workflows').where('mediator_key', '=', mediatorKey).where('id', '=', id).execute();
}
