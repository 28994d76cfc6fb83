import type { CloudEvent } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { EventHandler } from '@fanfare/messaging';
import type { Transaction } from '@fanfare/storage';
import { countChanges, orderIdOf } from './count-changes';
import type { MetricsStore } from './metrics-store';
import { countedEvents, readChange, type OrderChange } from './order-change';
import type { OrderMetric } from './order-metric';
import type { TotalsStore } from './totals-store';

export interface ApplyOrderEventsDeps {
  readonly metrics: MetricsStore;
  readonly totals: TotalsStore;
  readonly clock: Clock;
  /** Told of events whose effect is committed. */
  readonly onApplied: (events: readonly CloudEvent[]) => void;
}

/**
 * Counts the events of topic `orders`, a whole batch with the same few statements as a single event.
 *
 * Each event counts once. The group's cursor drops what the bus repeats; and should an order be announced again under
 * another sequence, what is known of it decides: the same order again changes nothing, a different order under its id
 * is a dead letter. An event of an order that was never placed waits (`not_found`) and is tried again.
 */
export function createOrderEventHandler({
  metrics,
  totals,
  clock,
  onApplied,
}: ApplyOrderEventsDeps): EventHandler {
  async function findKnown(
    tx: Transaction,
    changes: readonly OrderChange[],
  ): Promise<Map<string, OrderMetric>> {
    const placed = new Set(changes.filter(({ kind }) => kind === 'placed').map(orderIdOf));
    const others = changes.map(orderIdOf).filter((orderId) => !placed.has(orderId));
    const known = [await metrics.findAmongNew(tx, [...placed]), await metrics.find(tx, others)];
    return new Map(known.flatMap((orders) => [...orders]));
  }

  return {
    events: countedEvents,
    async apply(tx, events) {
      const changes = events.map(readChange);
      const known = await findKnown(tx, changes);
      const effect = countChanges(changes, known);
      await metrics.insert(tx, effect.placed, clock.now());
      await metrics.updateStatuses(tx, effect.moved);
      await totals.add(tx, effect);
      tx.afterCommit(() => {
        onApplied(events);
      });
    },
  };
}
