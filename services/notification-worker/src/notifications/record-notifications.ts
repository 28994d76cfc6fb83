import type { Clock } from '@fanfare/core';
import type { EventHandler } from '@fanfare/messaging';
import type { Transaction } from '@fanfare/storage';
import type { Notification } from './notification';
import type { NotificationStore } from './notification-store';
import { orderEventDefinitions, toOrderEvent, type OrderEvent } from './order-event';

export interface RecordNotificationsDeps {
  readonly store: Pick<NotificationStore, 'record' | 'findCustomers'>;
  readonly channels: readonly { readonly name: string }[];
  readonly clock: Clock;
  readonly newId: () => string;
  /** Called after each commit that recorded some. */
  readonly onRecorded: () => void;
}

/**
 * Takes order events and only notes what is to be sent, in the transaction of the group's cursor: one notification for
 * each event and channel, whatever is redelivered. Sending is another's work, so no receiver ever slows consumption.
 */
export function createRecordNotifications(deps: RecordNotificationsDeps): EventHandler {
  const { store, channels, clock, newId, onRecorded } = deps;

  async function findCustomers(tx: Transaction, events: readonly OrderEvent[]) {
    const created = new Map(
      events.flatMap(({ name, data }) =>
        name === 'order.created' ? [[data.order_id, data.customer_id]] : [],
      ),
    );
    const others = new Set(
      events.map(({ data }) => data.order_id).filter((orderId) => !created.has(orderId)),
    );
    const known = await store.findCustomers(tx, [...others]);
    return (orderId: string) => created.get(orderId) ?? known.get(orderId) ?? null;
  }

  return {
    events: orderEventDefinitions,
    async apply(tx, applied) {
      const events = applied.flatMap((event) => toOrderEvent(event) ?? []);
      const customerOf = await findCustomers(tx, events);
      const createdAt = clock.now();
      const notifications = events.flatMap((event) =>
        channels.map(({ name: channel }): Notification => ({
          id: newId(),
          channel,
          orderId: event.data.order_id,
          customerId: customerOf(event.data.order_id),
          event,
          attempts: 0,
          createdAt,
        })),
      );
      await store.record(tx, notifications);
      tx.afterCommit(onRecorded);
    },
  };
}
