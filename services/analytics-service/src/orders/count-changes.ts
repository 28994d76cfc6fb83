import { AppError, PermanentError } from '@fanfare/core';
import type { OrderChange } from './order-change';
import { isSamePlacement, moveTo, type OrderMetric } from './order-metric';
import { createTotalsSum, type TotalsDelta } from './totals-delta';

/** What a batch of events comes to. */
export interface BatchEffect {
  /** Orders that are new, as they are after the batch. */
  readonly placed: readonly OrderMetric[];
  /** Orders that were known before, where their status has changed. */
  readonly moved: readonly OrderMetric[];
  readonly delta: TotalsDelta;
  /** How many events it was, those without an effect too. */
  readonly events: number;
  /** Time of the newest event. */
  readonly lastEventAtMs: number;
}

type Orders = ReadonlyMap<string, OrderMetric>;

/**
 * Counts a batch of changes, in order, given those of its orders that are `known` from before.
 *
 * Totals change by what each order is after the batch minus what it was before, so a change that changes nothing, such
 * as an order that is announced once more, counts for nothing. Throws `not_found` for a change of an order that was
 * never placed, and `PermanentError` when an order is placed again and is not the same.
 */
export function countChanges(changes: readonly OrderChange[], known: Orders): BatchEffect {
  const current = new Map<string, OrderMetric>();
  let lastEventAtMs = -Infinity;
  for (const change of changes) {
    const orderId = orderIdOf(change);
    current.set(orderId, applyChange(change, current.get(orderId) ?? known.get(orderId)));
    lastEventAtMs = Math.max(lastEventAtMs, change.occurredAtMs);
  }
  return { ...compare(known, current), events: changes.length, lastEventAtMs };
}

/** The order that a change is about. */
export function orderIdOf(change: OrderChange): string {
  return change.kind === 'placed' ? change.order.orderId : change.orderId;
}

function applyChange(change: OrderChange, before: OrderMetric | undefined): OrderMetric {
  if (change.kind === 'moved') {
    if (!before) throw new AppError('not_found', `order ${change.orderId} was never placed`);
    return moveTo(before, change.status);
  }
  if (!before) return change.order;
  if (isSamePlacement(before, change.order)) return before;
  throw new PermanentError(`order ${before.orderId} was placed before, and differently`);
}

function compare(known: Orders, current: Orders): Pick<BatchEffect, 'placed' | 'moved' | 'delta'> {
  const placed: OrderMetric[] = [];
  const moved: OrderMetric[] = [];
  const sum = createTotalsSum();
  for (const after of current.values()) {
    const before = known.get(after.orderId);
    if (before === after) continue;
    if (before) sum.remove(before);
    sum.add(after);
    (before ? moved : placed).push(after);
  }
  return { placed, moved, delta: sum.total() };
}
