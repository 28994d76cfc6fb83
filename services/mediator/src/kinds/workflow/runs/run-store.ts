import type { TraceContext } from '@fanfare/contracts';
import type { Queries, SqlRow, Transaction } from '@fanfare/storage';
import type { WorkflowDefinition } from '../definitions/definition';
import { readDefinition, writeDefinition } from '../definitions/kept-definition';
import { hasEnded, runStatuses, type Run, type RunStatus } from './run';
import type { RunEvent } from './run-event';

/** See `migrations/0005-workflows.sql`. Times are milliseconds since 1970. */
export type RunTables = {
  workflows: {
    mediator_key: number;
    id: string;
    name: string;
    status: RunStatus;
    sequence: number;
    definition: string;
    state: string;
    trace: string;
    request_hash: string;
    next_action_at: number | null;
    created_at: number;
    ended_at: number | null;
  };
  workflow_events: {
    mediator_key: number;
    run_id: string;
    sequence: number;
    type: string;
    at: number;
    step_id: string | null;
    data: string;
  };
  workflow_signals: {
    mediator_key: number;
    run_id: string;
    id: string;
    request_hash: string;
    received_at: number;
  };
};
type RunRow = RunTables['workflows'];

/** A run with what does not come from its history. */
export interface StoredRun {
  readonly mediatorKey: number;
  readonly run: Run;
  /** The copy by which the run goes until it ends. */
  readonly definition: WorkflowDefinition;
  readonly trace: TraceContext;
  readonly requestHash: string;
  readonly nextActionAt: number | null;
}

/** An event as it stands in the history. */
export interface StoredEvent {
  readonly sequence: number;
  readonly event: RunEvent;
}

/** Where a run stands among all, which are in the order in which they were begun. */
export interface RunPlace {
  readonly startedAt: number;
  readonly id: string;
}

export interface RunPage {
  readonly status?: RunStatus | undefined;
  readonly name?: string | undefined;
  /** Only what comes after it in the order asked for. */
  readonly after: RunPlace | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** Runs and their histories. */
export const runStore = {
  async find(queries: Queries, mediatorKey: number, id: string): Promise<StoredRun | null> {
    const row = await ofMediator(queries, mediatorKey).where('id', '=', id).executeTakeFirst();
    return row ? fromRow(row) : null;
  },

  /** Nobody else changes the run until the end of the transaction. */
  async lock(tx: Transaction, mediatorKey: number, id: string): Promise<StoredRun | null> {
    const row = await ofMediator(tx.queries, mediatorKey)
      .where('id', '=', id)
      .modifyEnd(tx.dialect.forUpdate)
      .executeTakeFirst();
    return row ? fromRow(row) : null;
  },

  /** Throws `already_exists` when there is another run of this id. */
  async insert(tx: Transaction, stored: StoredRun): Promise<void> {
    const row: RunRow = {
      mediator_key: stored.mediatorKey,
      id: stored.run.id,
      name: stored.run.name,
      definition: writeDefinition(stored.definition),
      trace: JSON.stringify(stored.trace),
      request_hash: stored.requestHash,
      created_at: stored.run.startedAt,
      ...changingColumns(stored),
    };
    await tx.dialect.insertRows(tx.queries, 'workflows', [row]);
  },

  async update(tx: Transaction, stored: StoredRun): Promise<void> {
    await tables(tx.queries)
      .updateTable('workflows')
      .set(changingColumns(stored))
      .where('mediator_key', '=', stored.mediatorKey)
      .where('id', '=', stored.run.id)
      .execute();
  },

  /** Adds events whose last is the last of the run. */
  async append(tx: Transaction, { mediatorKey, run }: StoredRun, events: readonly RunEvent[]): Promise<void> {
    if (events.length === 0) return;
    const first = run.sequence - events.length + 1;
    const rows = events.map(({ type, at, stepId, data }, index): SqlRow => ({
      mediator_key: mediatorKey,
      run_id: run.id,
      sequence: first + index,
      type,
      at,
      step_id: stepId,
      data: JSON.stringify(data),
    }));
    await tx.dialect.insertRows(tx.queries, 'workflow_events', rows, { isUnanswered: true });
  },

  async list(queries: Queries, mediatorKey: number, page: RunPage): Promise<readonly StoredRun[]> {
    const { status, name, after, order, limit, offset } = page;
    let found = ofMediator(queries, mediatorKey).orderBy('created_at', order).orderBy('id', order);
    if (status !== undefined) found = found.where('status', '=', status);
    if (name !== undefined) found = found.where('name', '=', name);
    if (after) {
      const beyond = order === 'asc' ? '>' : '<';
      found = found.where((row) =>
        row.or([
          row('created_at', beyond, after.startedAt),
          row.and([row('created_at', '=', after.startedAt), row('id', beyond, after.id)]),
        ]),
      );
    }
    return (await found.limit(limit).offset(offset).execute()).map(fromRow);
  },

  /** Ids of those that have not ended, up to `limit`. */
  async listOpen(queries: Queries, mediatorKey: number, limit: number): Promise<readonly string[]> {
    const rows = await tables(queries)
      .selectFrom('workflows')
      .select('id')
      .where('mediator_key', '=', mediatorKey)
      .where('status', 'in', ['running', 'paused', 'compensating'])
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  },

  async history(
    queries: Queries,
    { mediatorKey, runId }: { readonly mediatorKey: number; readonly runId: string },
    { after, order, limit, offset }: Omit<RunPage, 'after'> & { readonly after: number | undefined },
  ): Promise<readonly StoredEvent[]> {
    let found = tables(queries)
      .selectFrom('workflow_events')
      .selectAll()
      .where('mediator_key', '=', mediatorKey)
      .where('run_id', '=', runId)
      .orderBy('sequence', order);
    if (after !== undefined) found = found.where('sequence', order === 'asc' ? '>' : '<', after);
    return (await found.limit(limit).offset(offset).execute()).map(toEvent);
  },

  /** The hash of the request by which a signal came; null when it has not come. */
  async findSignal(tx: Transaction, mediatorKey: number, runId: string, id: string) {
    const row = await tables(tx.queries)
      .selectFrom('workflow_signals')
      .select(['request_hash', 'received_at'])
      .where('mediator_key', '=', mediatorKey)
      .where('run_id', '=', runId)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? { requestHash: row.request_hash, receivedAt: row.received_at } : null;
  },

  async insertSignal(tx: Transaction, signal: RunTables['workflow_signals']): Promise<void> {
    await tx.dialect.insertRows(tx.queries, 'workflow_signals', [signal]);
  },

  /** All statuses, also those that no run has. */
  async countByStatus(queries: Queries): Promise<readonly { status: RunStatus; count: number }[]> {
    const rows = await tables(queries)
      .selectFrom('workflows')
      .select(({ fn }) => ['status', fn.countAll<number | string>().as('count')])
      .groupBy('status')
      .execute();
    const counts = new Map(rows.map(({ status, count }) => [status, Number(count)]));
    return runStatuses.map((status) => ({ status, count: counts.get(status) ?? 0 }));
  },
};

function tables(queries: Queries) {
  return queries.withTables<RunTables>();
}

function ofMediator(queries: Queries, mediatorKey: number) {
  return tables(queries).selectFrom('workflows').selectAll().where('mediator_key', '=', mediatorKey);
}

function changingColumns({ run, nextActionAt }: StoredRun) {
  return {
    status: run.status,
    sequence: run.sequence,
    state: JSON.stringify(run),
    next_action_at: nextActionAt,
    ended_at: hasEnded(run) ? run.endedAt : null,
  };
}

function fromRow(row: RunRow): StoredRun {
  return {
    mediatorKey: row.mediator_key,
    run: JSON.parse(row.state) as Run,
    definition: readDefinition(row.definition),
    trace: JSON.parse(row.trace) as TraceContext,
    requestHash: row.request_hash,
    nextActionAt: row.next_action_at,
  };
}

function toEvent(row: RunTables['workflow_events']): StoredEvent {
  const { sequence, type, at, step_id: stepId, data } = row;
  return { sequence, event: { type, at, stepId, data: JSON.parse(data) as unknown } as RunEvent };
}
