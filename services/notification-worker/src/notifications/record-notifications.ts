import type { Clock } from '@fanfare/core';
import type { EventHandler } from '@fanfare/messaging';
import type { Transaction } from '@fanfare/storage';
import type { Notification } from './notification';
import type { Claims, NotificationStore } from './notification-store';
import { orderEventDefinitions, toOrderEvent, type OrderEvent } from './order-event';
import type { Sender } from './sender';
import type { LeaveOutForgotten } from '../privacy/leave-out-forgotten';

export interface RecordNotificationsDeps {
  readonly store: Pick<NotificationStore, 'record' | 'findCustomers'>;
  /** One for each channel. */
  readonly senders: readonly Pick<Sender, 'channel' | 'claim' | 'hand' | 'wake'>[];
  /** Absent where nobody is ever forgotten. */
  readonly leaveOutForgotten?: LeaveOutForgotten | undefined;
  readonly clock: Clock;
  readonly newId: () => string;
}

/**
 * Takes order events and only notes what is to be sent, in the transaction of the group's cursor: one notification for
 * each event and channel, whatever is redelivered. Sending is another's work, so no receiver ever slows consumption;
 * the senders are handed what was recorded, claimed for them, so that they need not look for it.
 */
export function createRecordNotifications(deps: RecordNotificationsDeps): EventHandler {
  const { store, senders, leaveOutForgotten, clock, newId } = deps;

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

  function claimAll(): Claims {
    return new Map(
      senders.flatMap(({ channel, claim }) => {
        const claimed = claim();
        return claimed ? [[channel, claimed]] : [];
      }),
    );
  }

  function handOver(recorded: readonly Notification[], claims: Claims): void {
    for (const sender of senders) {
      const claim = claims.get(sender.channel);
      if (claim)
        sender.hand(
          recorded.filter(({ channel }) => channel === sender.channel),
          claim,
        );
      else sender.wake();
    }
  }

  return {
    events: orderEventDefinitions,
    async apply(tx, applied) {
      const all = applied.flatMap((event) => toOrderEvent(event) ?? []);
      const events = leaveOutForgotten ? await leaveOutForgotten(tx, all) : all;
      const customerOf = await findCustomers(tx, events);
      const createdAt = clock.now();
      const notifications = events.flatMap((event) =>
        senders.map(({ channel }): Notification => ({
          id: newId(),
          channel,
          orderId: event.data.order_id,
          customerId: customerOf(event.data.order_id),
          event,
          attempts: 0,
          createdAt,
        })),
      );
      const claims = claimAll();
      const areClaimed = await store.record(tx, notifications, claims);
      tx.afterCommit(() => {
        handOver(notifications, areClaimed ? claims : new Map());
      });
    },
  };
}
