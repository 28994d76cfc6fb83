import { eventNameOf } from '@fanfare/contracts';
import type { Database, DeferredWrite, SqlRow, Transaction } from '@fanfare/storage';
import type { DeliveryTables } from './delivery-tables';
import type { AttemptRecord } from './judge-outcome';

/** How long deliveries of one type of events took. */
export interface ProcessingTimes {
  readonly count: number;
  readonly meanMs: number;
  /** The longest of those that took about as long: within an eighth of an octave. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Counts of deliveries, the same on every instance, kept in the transactions that record them. */
export interface DeliveryCounts {
  /** Failed attempts by name of the type of event, and by observer. */
  errors(): Promise<{
    readonly byType: ReadonlyMap<string, number>;
    readonly byObserver: ReadonlyMap<string, number>;
    readonly total: number;
  }>;
  /** By name of the type of event. */
  processingTimes(): Promise<ReadonlyMap<string, ProcessingTimes>>;
}

export function createDeliveryCounts(database: Pick<Database, 'queries'>): DeliveryCounts {
  const queries = database.queries.withTables<DeliveryTables>();
  return {
    async errors() {
      const types = await queries.selectFrom('delivery_errors').selectAll().orderBy('event_type').execute();
      const observers = await queries
        .selectFrom('observer_states')
        .select(['observer_id', 'failed_attempts'])
        .where('failed_attempts', '>', 0)
        .orderBy('observer_id')
        .execute();
      return {
        byType: new Map(types.map(({ event_type: type, errors }) => [type, errors])),
        byObserver: new Map(observers.map((row) => [row.observer_id, row.failed_attempts])),
        total: types.reduce((sum, { errors }) => sum + errors, 0),
      };
    },
    async processingTimes() {
      const rows = await queries
        .selectFrom('delivery_times')
        .selectAll()
        .orderBy('event_type')
        .orderBy('bucket')
        .execute();
      const byType = new Map<string, TimeRow[]>();
      for (const row of rows) byType.set(row.event_type, [...(byType.get(row.event_type) ?? []), row]);
      return new Map([...byType].map(([type, buckets]) => [type, summarise(buckets)]));
    },
  };
}

/** Adds attempts to the counts, at the end of the transaction. */
export type CountAttempts = (tx: Transaction, attempts: readonly AttemptRecord[]) => void;

type TimeRow = DeliveryTables['delivery_times'];

export function createCountAttempts(): CountAttempts {
  /** The longest durations that are known to be written; a longer one is rare. */
  const knownMaxMs = new Map<string, number>();

  async function raiseMax(tx: Transaction, row: TimeRow): Promise<void> {
    const { event_type: type, bucket, max_ms: maxMs } = row;
    const key = keyOf(row);
    if ((knownMaxMs.get(key) ?? 0) >= maxMs) return;
    await tx.queries
      .withTables<DeliveryTables>()
      .updateTable('delivery_times')
      .set({ max_ms: maxMs })
      .where('event_type', '=', type)
      .where('bucket', '=', bucket)
      .where('max_ms', '<', maxMs)
      .execute();
    tx.afterCommit(() => knownMaxMs.set(key, maxMs));
  }

  const addAttempts: DeferredWrite<AttemptRecord> = {
    stage: 'counters',
    async write(tx, attempts) {
      await addErrors(tx, attempts);
      const times = timesOf(attempts);
      await tx.dialect.upsertRows(tx.queries, 'delivery_times', times, {
        key: ['event_type', 'bucket'],
        add: ['deliveries', 'total_ms'],
      });
      for (const row of times) await raiseMax(tx, row);
    },
  };

  return (tx, attempts) => {
    for (const attempt of attempts) tx.writeLater(addAttempts, attempt);
  };
}

async function addErrors(tx: Transaction, attempts: readonly AttemptRecord[]): Promise<void> {
  const errors = new Map<string, number>();
  for (const { eventType, outcome } of attempts) {
    const type = eventNameOf(eventType);
    if (outcome.result === 'failed') errors.set(type, (errors.get(type) ?? 0) + 1);
  }
  if (errors.size === 0) return;
  const rows = sortRows([...errors].map(([type, count]) => ({ event_type: type, errors: count })));
  await tx.dialect.upsertRows(tx.queries, 'delivery_errors', rows, { key: ['event_type'], add: ['errors'] });
}

function timesOf(attempts: readonly AttemptRecord[]): readonly TimeRow[] {
  const rows = new Map<string, TimeRow>();
  for (const { eventType, outcome } of attempts) {
    const { durationMs } = outcome;
    const row = {
      event_type: eventNameOf(eventType),
      bucket: bucketOf(durationMs),
      deliveries: 1,
      total_ms: durationMs,
      max_ms: durationMs,
    };
    const before = rows.get(keyOf(row));
    rows.set(keyOf(row), before ? join(before, row) : row);
  }
  return sortRows([...rows.values()]);
}

function join(one: TimeRow, other: TimeRow): TimeRow {
  return {
    ...one,
    deliveries: one.deliveries + other.deliveries,
    total_ms: one.total_ms + other.total_ms,
    max_ms: Math.max(one.max_ms, other.max_ms),
  };
}

function keyOf({ event_type: type, bucket }: TimeRow): string {
  return `${bucket} ${type}`;
}

/** Rows are locked in the same order by everybody. */
function sortRows<Row extends SqlRow & { readonly event_type: string }>(
  rows: readonly Row[],
): readonly Row[] {
  return rows.toSorted((left, right) => (left.event_type < right.event_type ? -1 : 1));
}

const bucketsPerOctave = 8;

/** The bucket of a duration: 0 holds all below a millisecond, bucket n those up to 2^(n/8) ms. */
function bucketOf(durationMs: number): number {
  return durationMs < 1 ? 0 : Math.floor(Math.log2(durationMs) * bucketsPerOctave) + 1;
}

function summarise(buckets: readonly TimeRow[]): ProcessingTimes {
  const count = buckets.reduce((sum, { deliveries }) => sum + deliveries, 0);
  const totalMs = buckets.reduce((sum, { total_ms }) => sum + total_ms, 0);
  const maxMs = Math.max(...buckets.map(({ max_ms }) => max_ms));
  /** The longest duration of the bucket in which the share ends. */
  const percentile = (share: number): number => {
    let below = 0;
    const found = buckets.find(({ deliveries }) => (below += deliveries) >= share * count);
    return found?.max_ms ?? maxMs;
  };
  return {
    count,
    meanMs: totalMs / count,
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
    maxMs,
  };
}
