import type { MovedChange, OrderChange, PlacedChange } from '../orders/order-change';
import { isSamePlacement, type OrderMetric } from '../orders/order-metric';

/** Changes by whether they can be counted. */
export interface SortedChanges {
  /** Placements first: what becomes of an order does not depend on the sequence of its events. */
  readonly countable: readonly OrderChange[];
  /** Of orders whose placement has not come yet. */
  readonly early: readonly MovedChange[];
  /** They place an order once more, and differently. */
  readonly contradicting: readonly PlacedChange[];
}

/** Divides changes, given those of their orders that are `known`, so that `countChanges` takes the countable ones. */
export function sortOutChanges(
  changes: readonly OrderChange[],
  known: ReadonlyMap<string, OrderMetric>,
): SortedChanges {
  const current = new Map(known);
  const countable: OrderChange[] = [];
  const early: MovedChange[] = [];
  const contradicting: PlacedChange[] = [];
  for (const change of changes) {
    if (change.kind === 'moved') continue;
    const before = current.get(change.order.orderId) ?? change.order;
    current.set(before.orderId, before);
    (isSamePlacement(before, change.order) ? countable : contradicting).push(change);
  }
  for (const change of changes) {
    if (change.kind === 'placed') continue;
    (current.has(change.orderId) ? countable : early).push(change);
  }
  return { countable, early, contradicting };
}
