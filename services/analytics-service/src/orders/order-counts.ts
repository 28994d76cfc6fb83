import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import { countChanges, orderIdOf } from './count-changes';
import type { MetricsStore } from './metrics-store';
import type { OrderChange } from './order-change';
import type { OrderMetric } from './order-metric';
import type { TotalsStore } from './totals-store';

export interface OrderCountsDeps {
  readonly metrics: MetricsStore;
  readonly totals: TotalsStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Orders and their totals, which change together. */
export interface OrderCounts {
  /** Those of the orders that the changes are about which are known, locked until the transaction ends. */
  findKnown(tx: Transaction, changes: readonly OrderChange[]): Promise<ReadonlyMap<string, OrderMetric>>;
  /** Counts changes, in order. Throws what `countChanges` throws. */
  add(
    tx: Transaction,
    changes: readonly OrderChange[],
    known: ReadonlyMap<string, OrderMetric>,
  ): Promise<void>;
}

export function createOrderCounts({ metrics, totals, clock }: OrderCountsDeps): OrderCounts {
  return {
    async findKnown(tx, changes) {
      const placed = new Set(changes.filter(({ kind }) => kind === 'placed').map(orderIdOf));
      const others = changes.map(orderIdOf).filter((orderId) => !placed.has(orderId));
      const known = [await metrics.findAmongNew(tx, [...placed]), await metrics.find(tx, others)];
      return new Map(known.flatMap((orders) => [...orders]));
    },
    async add(tx, changes, known) {
      const effect = countChanges(changes, known);
      await metrics.insert(tx, effect.placed, clock.now());
      await metrics.updateStatuses(tx, effect.moved);
      await totals.add(tx, effect);
    },
  };
}
