/** A table, or a collection of the archive, with the contents of messages and runs. */
export interface Contents {
  readonly table: string;
  /** The columns that name a row, in the order of its primary key. */
  readonly key: readonly string[];
  /** Hold JSON. */
  readonly columns: readonly string[];
}

/** Where contents are kept: first what others are made of, so that nothing new is made of what was forgotten. */
export const contents: readonly Contents[] = [
  { table: 'workflows', key: ['mediator_key', 'id'], columns: ['state'] },
  { table: 'jobs', key: ['mediator_key', 'id'], columns: ['settings'] },
  { table: 'tasks', key: ['mediator_key', 'id'], columns: ['settings', 'result', 'error'] },
  { table: 'job_runs', key: ['mediator_key', 'id'], columns: ['data', 'result', 'error'] },
  { table: 'workflow_events', key: ['mediator_key', 'run_id', 'sequence'], columns: ['data'] },
  { table: 'messages', key: ['mediator_key', 'id'], columns: ['body', 'result', 'error'] },
  { table: 'receipts', key: ['sequence', 'recipient_id'], columns: ['answer', 'error'] },
  { table: 'mediator_notifications', key: ['mediator_key', 'id'], columns: ['content'] },
];

const archived: ReadonlySet<string> = new Set(['workflow_events', 'messages', 'receipts']);

/** Those that the archive has too; of runs it has the histories. */
export const archivedContents = contents.filter(({ table }) => archived.has(table));
