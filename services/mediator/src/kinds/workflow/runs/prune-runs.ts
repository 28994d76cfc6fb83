import type { Archive, Database, Queries, Transaction } from '@fanfare/storage';
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

/** Deletes runs that ended long ago, with their histories, which go to the archive before where there is one. */
export function createPruneRuns({
  database,
  archive,
}: Pick<PartDeps, 'database' | 'archive'>): NonNullable<Part['prune']> {
  return async function prune(before, limit) {
    const erasures = archive ? await database.transact((tx) => erasureRecord.countWhenAtRest(tx)) : 0;
    if (erasures === null) return 0;
    const runs = await database.queries
      .withTables<RunTables>()
      .selectFrom('workflows')
      .select(columns)
      .where('ended_at', '<', before.getTime())
      .limit(limit)
      .execute();
    for (const run of runs) {
      if (archive) await keep(archive, database, run);
      await database.transact(async (tx) => {
        // else somebody was forgotten who may be named in what was archived: it goes there once more
        const isAsArchived = !archive || (await erasureRecord.countWhenAtRest(tx)) === erasures;
        if (isAsArchived) await forget(tx, run, before);
      });
    }
    return runs.length;
  };
}

/** One after the other, since a history may be long. */
async function keep(archive: Archive, { queries }: Pick<Database, 'queries'>, run: RunRow): Promise<void> {
  // the id is free for another run later
  const key = `${run.mediator_key}/${run.id}/${run.created_at}`;
  const history = await ofRun(queries, run).orderBy('sequence').execute();
  await archiveRows(archive, queries, [run.mediator_key], {
    workflow_events: history.map((event) => ({ key: `${key}/${event.sequence}`, row: event })),
    workflows: [{ key, row: run }],
  });
}

function ofRun(queries: Queries, { mediator_key: mediatorKey, id }: RunRow) {
  return queries
    .withTables<RunTables>()
    .selectFrom('workflow_events')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('run_id', '=', id);
}

/** One that has come to life again meanwhile, because it was tried again, stays. */
async function forget(
  tx: Transaction,
  { mediator_key: mediatorKey, id }: RunRow,
  before: Date,
): Promise<void> {
  const tables = tx.queries.withTables<RunTables>();
  const ended = await tables
    .selectFrom('workflows')
    .select('id')
    .where('mediator_key', '=', mediatorKey)
    .where('id', '=', id)
    .where('ended_at', '<', before.getTime())
    .modifyEnd(tx.dialect.forUpdate)
    .executeTakeFirst();
  if (!ended) return;
  for (const table of ['workflow_events', 'workflow_signals'] as const) {
    await tables.deleteFrom(table).where('mediator_key', '=', mediatorKey).where('run_id', '=', id).execute();
  }
  await tables.deleteFrom('workflows').where('mediator_key', '=', mediatorKey).where('id', '=', id).execute();
}
