import { erasedIdentifier } from '@fanfare/contracts';
import { forgottenSubjects } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import type { OrderChange } from '../orders/order-change';

/** Keeps customers who were forgotten from being counted under their ids again, by late events or by a rebuild. */
export interface Forgotten {
  /** The changes without those customers; what that goes by holds until the end of the transaction. */
  hide<Change extends OrderChange>(tx: Transaction, changes: readonly Change[]): Promise<readonly Change[]>;
  /** How often somebody was forgotten; the same until the end of the transaction. */
  count(tx: Transaction): Promise<number>;
}

/** For a service that is not told whom to forget. */
export const nobodyForgotten: Forgotten = {
  hide: (_, changes) => Promise.resolve(changes),
  count: () => Promise.resolve(0),
};

export const forgotten: Forgotten = {
  async hide(tx, changes) {
    const subjects = changes.flatMap((change) =>
      change.kind === 'placed' ? [change.order.customerId, change.order.orderId] : [],
    );
    if (subjects.length === 0) return changes;
    const isForgotten = await forgottenSubjects.find(tx, subjects);
    return changes.map((change) => {
      if (change.kind !== 'placed') return change;
      const { order } = change;
      return isForgotten([order.customerId, order.orderId], new Date(order.createdAtMs))
        ? { ...change, order: { ...order, customerId: erasedIdentifier } }
        : change;
    });
  },
  count: (tx) => forgottenSubjects.count(tx),
};
