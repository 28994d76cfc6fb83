import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import type { AnalyticsTables } from '../analytics-tables';
import { orderIdOf } from '../orders/count-changes';
import { createMetricsStore } from '../orders/metrics-store';
import type { MovedChange, OrderChange, PlacedChange } from '../orders/order-change';
import { createOrderCounts } from '../orders/order-counts';
import { isFurther, isSamePlacement, moveTo, type OrderMetric } from '../orders/order-metric';
import { createTotalsStore } from '../orders/totals-store';
import type { ErasedEvent, LoggedChange } from './read-logged-event';
import { sortOutChanges } from './sort-out-changes';

/** What became of some events, beside being counted. */
export interface CountedBatch {
  readonly skippedErased: number;
  readonly skippedOther: number;
  readonly keptOrders: number;
}

/**
 * Counts the events of the log into the fresh tables, with the code that counts those of the topic. Any event may come
 * again, or in another sequence, and changes nothing then. Meant for one rebuild.
 */
export interface FreshCounts {
  /**
   * An order that the log does not tell of any more, because it was erased or because the log is not complete, is taken
   * over from the tables that are served. So are they asked about an event of doubtful origin: it counts when they
   * have counted it.
   */
  add(
    tx: Transaction,
    logged: readonly LoggedChange[],
    options: { readonly isLogComplete: boolean },
  ): Promise<CountedBatch>;
  /** Takes over the next orders that only the served tables know, of those with higher ids than `after`; the last of them. */
  takeOver(
    tx: Transaction,
    after: string,
  ): Promise<{ readonly keptOrders: number; readonly last: string | undefined }>;
  /** How many changes still wait for their order. */
  countEarly(): number;
}

const takeOverSize = 1_000;

export function createFreshCounts(clock: Pick<Clock, 'now'>): FreshCounts {
  const stores = { metrics: createMetricsStore('rebuild_'), totals: createTotalsStore('rebuild_') };
  const fresh = createOrderCounts({ ...stores, clock });
  const served = createMetricsStore();
  const early = new Map<string, MovedChange>();

  /** Counts what can be counted; returns how many changes contradict what is known. */
  async function count(tx: Transaction, changes: readonly OrderChange[]): Promise<number> {
    const placed = new Set(
      changes.flatMap((change) => (change.kind === 'placed' ? change.order.orderId : [])),
    );
    const waited = [...placed].flatMap((orderId) => early.get(orderId) ?? []);
    const all = [...changes, ...waited];
    const known = await fresh.findKnown(tx, all);
    const sorted = sortOutChanges(all, known);
    if (sorted.countable.length > 0) await fresh.add(tx, sorted.countable, known);
    for (const change of sorted.early) keepFurthest(early, change);
    tx.afterCommit(() => {
      for (const orderId of placed) early.delete(orderId);
    });
    return sorted.contradicting.length;
  }

  /** Takes orders over from the served tables. */
  async function keep(tx: Transaction, untold: readonly UntoldOrder[]): Promise<Kept> {
    const orderIds = untold.map(({ orderId }) => orderId);
    const found = await served.find(tx, orderIds);
    const placements = untold.flatMap(({ orderId, occurredAtMs }): PlacedChange[] => {
      const order = found.get(orderId);
      return order ? [{ kind: 'placed', order, occurredAtMs: occurredAtMs ?? order.createdAtMs }] : [];
    });
    const known = await fresh.findKnown(tx, placements);
    return {
      // what is known of an order stands above what is taken over
      changes: placements.map((each) => ({ ...each, order: known.get(each.order.orderId) ?? each.order })),
      keptOrders: [...found.keys()].filter((orderId) => !known.has(orderId)).length,
    };
  }

  return {
    async add(tx, logged, { isLogComplete }) {
      const { certain, doubtful, erased } = divide(logged);
      const known = await served.find(tx, doubtful.map(orderIdOf));
      const counted = doubtful.filter((change) => reflects(known.get(orderIdOf(change)), change));
      const kept = await keep(tx, isLogComplete ? erased : [...erased, ...withoutPlacement(certain)]);
      const contradicting = await count(tx, [...kept.changes, ...certain, ...counted]);
      const unreadable = logged.filter(({ kind }) => kind === 'unreadable').length;
      return {
        skippedErased: erased.length,
        skippedOther: unreadable + contradicting + doubtful.length - counted.length,
        keptOrders: kept.keptOrders,
      };
    },
    async takeOver(tx, after) {
      const untold = await findUntold(tx, after);
      const { changes, keptOrders } = await keep(tx, untold);
      await count(tx, changes);
      return { keptOrders, last: untold.at(-1)?.orderId };
    },
    countEarly: () => early.size,
  };
}

/** An order of which the log does not tell, and when something became of it. */
interface UntoldOrder {
  readonly orderId: string;
  readonly occurredAtMs?: number;
}

interface Kept {
  readonly changes: readonly OrderChange[];
  /** How many of the orders were not known yet. */
  readonly keptOrders: number;
}

function divide(logged: readonly LoggedChange[]) {
  const certain: OrderChange[] = [];
  const doubtful: OrderChange[] = [];
  const erased: ErasedEvent[] = [];
  for (const each of logged) {
    if (each.kind === 'change') (each.isCertain ? certain : doubtful).push(each.change);
    else if (each.kind === 'erased') erased.push(each);
  }
  return { certain, doubtful, erased };
}

/** The orders that are moved and not placed by the same changes. */
function withoutPlacement(changes: readonly OrderChange[]): UntoldOrder[] {
  const placed = new Set(changes.filter(({ kind }) => kind === 'placed').map(orderIdOf));
  const orderIds = changes.map(orderIdOf).filter((orderId) => !placed.has(orderId));
  return [...new Set(orderIds)].map((orderId) => ({ orderId }));
}

/** Whether the order is as if the change had been counted. */
function reflects(order: OrderMetric | undefined, change: OrderChange): boolean {
  if (!order) return false;
  return change.kind === 'placed'
    ? isSamePlacement(order, change.order)
    : moveTo(order, change.status) === order;
}

/** Of the changes that wait for an order, all that matters is how far it will have come, and when. */
function keepFurthest(early: Map<string, MovedChange>, change: MovedChange): void {
  const before = early.get(change.orderId) ?? change;
  const furthest = isFurther(change.status, before.status) ? change : before;
  const occurredAtMs = Math.max(change.occurredAtMs, before.occurredAtMs);
  early.set(change.orderId, { ...furthest, occurredAtMs });
}

async function findUntold({ queries }: Transaction, after: string): Promise<readonly UntoldOrder[]> {
  return queries
    .withTables<AnalyticsTables>()
    .selectFrom('order_metrics')
    .leftJoin('rebuild_order_metrics', 'rebuild_order_metrics.order_id', 'order_metrics.order_id')
    .select('order_metrics.order_id as orderId')
    .where('rebuild_order_metrics.order_id', 'is', null)
    .where('order_metrics.order_id', '>', after)
    .orderBy('order_metrics.order_id')
    .limit(takeOverSize)
    .execute();
}
