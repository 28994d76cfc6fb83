import { groupCommit, type Database, type Queries, type Transaction } from '@fanfare/storage';
import type { Breaker } from './breaker';
import { createCountAttempts, type CountAttempts } from './delivery-counts';
import type { DeliveryTables } from './delivery-tables';
import { openStates, toFailure, toFailureRow, type DeadLetterPolicy, type Failure } from './failure';
import type { AttemptRecord, Effect } from './judge-outcome';
import { settleHeads } from './settle-heads';
import { toBreakerColumns } from './state-rows';

/** What has happened to the deliveries of an observer since it was written down last. */
export interface Progress {
  readonly observerId: string;
  /** Under which the observer is served. */
  readonly fence: number;
  readonly cursor: number;
  readonly breaker: Breaker;
  readonly blocked: 'dependency' | null;
  /** How many attempts there were before these. */
  readonly attemptsBefore: number;
  readonly effects: readonly Effect[];
  readonly now: Date;
}

/** The deliveries of each observer, as whoever serves it writes them down. */
export interface ProgressStore {
  /** All or nothing; false, and nothing, when someone else serves the observer by now. */
  save(progress: Progress): Promise<boolean>;
  /** How many events hold up later ones, by order key. */
  openKeys(observerId: string): Promise<Map<string, number>>;
  /** When the next event is to be tried again; null when none is. */
  nextRetryAt(observerId: string): Promise<Date | null>;
  /** The order keys whose first event is to be tried again by now. */
  dueKeys(observerId: string, now: Date, limit: number): Promise<readonly string[]>;
  /** What holds up later events with this key, in order. */
  openFailures(observerId: string, orderKey: string, limit: number): Promise<readonly Failure[]>;
}

/** So many of the newest attempts are kept. */
const keptAttempts = 1_000;

export function createProgressStore(database: Database, onDeadLetter: DeadLetterPolicy): ProgressStore {
  const queries = database.queries.withTables<DeliveryTables>();
  const transact = groupCommit(database);
  const countAttempts = createCountAttempts();
  const open = openStates(onDeadLetter);
  const failuresOf = (observerId: string) =>
    queries.selectFrom('observer_failures').where('observer_id', '=', observerId);

  return {
    save: (progress) => transact((tx) => save(tx, progress, open, countAttempts)),
    async openKeys(observerId) {
      const rows = await failuresOf(observerId)
        .select((row) => ['order_key', row.fn.countAll<number>().as('events')] as const)
        .where('state', 'in', open)
        .groupBy('order_key')
        .execute();
      return new Map(rows.map(({ order_key: key, events }) => [key, events]));
    },
    async nextRetryAt(observerId) {
      const { at } = await failuresOf(observerId)
        .select((row) => row.fn.min('next_attempt_at').as('at'))
        .where('state', '=', 'retry')
        .executeTakeFirstOrThrow();
      return at === null ? null : new Date(at);
    },
    async dueKeys(observerId, now, limit) {
      const rows = await failuresOf(observerId)
        .select('order_key')
        .where('state', '=', 'retry')
        .where('next_attempt_at', '<=', now.getTime())
        .orderBy('next_attempt_at')
        .orderBy('position')
        .limit(limit)
        .execute();
      return [...new Set(rows.map(({ order_key: key }) => key))];
    },
    async openFailures(observerId, orderKey, limit) {
      const rows = await failuresOf(observerId)
        .selectAll()
        .where('order_key', '=', orderKey)
        .where('state', 'in', open)
        .orderBy('position')
        .limit(limit)
        .execute();
      return rows.map(toFailure);
    },
  };
}

async function save(
  tx: Transaction,
  progress: Progress,
  open: readonly Failure['state'][],
  countAttempts: CountAttempts,
): Promise<boolean> {
  const { observerId, effects, now } = progress;
  const attempts = effects.flatMap(({ attempt }) => attempt ?? []);
  if (!(await saveState(tx, progress, attempts))) return false;
  const kept = effects.flatMap(({ after }) => (after ? toFailureRow(observerId, after) : []));
  if (kept.length > 0) {
    const replace = Object.keys(kept[0] ?? {}).filter((column) => !failureKey.includes(column));
    await tx.dialect.upsertRows(tx.queries, 'observer_failures', kept, { key: failureKey, replace });
  }
  await removeFailures(
    tx.queries,
    observerId,
    effects.flatMap(({ before, after }) => (before && !after ? before.position : [])),
  );
  const keys = new Set(effects.flatMap((effect) => (effect.before || effect.after ? effect.orderKey : [])));
  await settleHeads(tx.queries, { observerId, orderKeys: [...keys], open, now });
  await saveAttempts(tx, progress, attempts);
  countAttempts(tx, attempts);
  return true;
}

const failureKey: readonly string[] = ['observer_id', 'position'];

async function saveState(
  tx: Transaction,
  { observerId, fence, cursor, breaker, blocked, attemptsBefore, effects }: Progress,
  attempts: readonly AttemptRecord[],
): Promise<boolean> {
  const delivered = attempts.findLast(({ outcome }) => outcome.result === 'delivered');
  const superseded = effects.filter(({ isSuperseded }) => isSuperseded).length;
  const failed = attempts.filter(({ outcome }) => outcome.result === 'failed').length;
  const { numUpdatedRows } = await tx.queries
    .withTables<DeliveryTables>()
    .updateTable('observer_states')
    .set((row) => ({
      position: cursor,
      ...toBreakerColumns(breaker),
      blocked,
      attempts: attemptsBefore + attempts.length,
      failed_attempts: row('failed_attempts', '+', failed),
      superseded: row('superseded', '+', superseded),
      ...(delivered && { last_delivery_at: delivered.at.getTime() }),
    }))
    .where('observer_id', '=', observerId)
    .where('fence', '=', fence)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

async function removeFailures(
  queries: Queries,
  observerId: string,
  positions: readonly number[],
): Promise<void> {
  if (positions.length === 0) return;
  await queries
    .withTables<DeliveryTables>()
    .deleteFrom('observer_failures')
    .where('observer_id', '=', observerId)
    .where('position', 'in', positions)
    .execute();
}

async function saveAttempts(
  tx: Transaction,
  { observerId, attemptsBefore }: Progress,
  attempts: readonly AttemptRecord[],
): Promise<void> {
  if (attempts.length === 0) return;
  const rows = attempts.map((attempt, index) =>
    toAttemptRow(observerId, attemptsBefore + index + 1, attempt),
  );
  await tx.dialect.insertRows(tx.queries, 'observer_deliveries', rows);
  await tx.queries
    .withTables<DeliveryTables>()
    .deleteFrom('observer_deliveries')
    .where('observer_id', '=', observerId)
    .where('sequence', '<=', attemptsBefore + attempts.length - keptAttempts)
    .execute();
}

function toAttemptRow(
  observerId: string,
  sequence: number,
  { position, eventId, eventType, orderKey, attempt, at, outcome }: AttemptRecord,
): DeliveryTables['observer_deliveries'] {
  return {
    observer_id: observerId,
    sequence,
    position,
    event_id: eventId,
    event_type: eventType,
    order_key: orderKey,
    status: outcome.result,
    status_code: outcome.statusCode,
    attempt,
    duration_ms: outcome.durationMs,
    attempted_at: at.getTime(),
    error: outcome.result === 'failed' ? outcome.error : null,
  };
}
