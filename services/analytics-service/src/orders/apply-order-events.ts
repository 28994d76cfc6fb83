import type { CloudEvent } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { EventHandler } from '@fanfare/messaging';
import { countChanges, orderIdOf } from './count-changes';
import type { MetricsStore } from './metrics-store';
import { countedEvents, readChange } from './order-change';
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
  return {
    events: countedEvents,
    async apply(tx, events) {
      const changes = events.map(readChange);
      const known = await metrics.find(tx, changes.map(orderIdOf));
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
