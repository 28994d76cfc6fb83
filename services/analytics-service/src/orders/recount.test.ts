import { orderStatuses } from '@fanfare/contracts';
import fc from 'fast-check';
import { batchSizes, cut, history } from '../../test/histories';
import { countChanges } from './count-changes';
import type { OrderChange } from './order-change';
import type { OrderMetric } from './order-metric';
import { createTotalsSum, type TotalsDelta } from './totals-delta';

describe('totals kept batch by batch', () => {
  it('equal a recount of all orders, however the events are cut into batches', () => {
    fc.assert(
      fc.property(history, batchSizes, (changes, sizes) => {
        const orders = new Map<string, OrderMetric>();
        const deltas: TotalsDelta[] = [];
        for (const batch of cut(changes, sizes)) {
          const effect = countChanges(batch, orders);
          for (const one of [...effect.placed, ...effect.moved]) orders.set(one.orderId, one);
          deltas.push(effect.delta);
        }

        expect(totalsOf(deltas)).toEqual(totalsOf([recount(recountOrders(changes))]));
      }),
    );
  });
});

/** What became of each order, found in the plainest way. */
function recountOrders(changes: readonly OrderChange[]): OrderMetric[] {
  const orders = changes.flatMap((change) => (change.kind === 'placed' ? [change.order] : []));
  return [...new Map(orders.map((one) => [one.orderId, one])).values()].map((one) => {
    const statuses = changes.flatMap((change) =>
      change.kind === 'moved' && change.orderId === one.orderId ? [change.status] : [],
    );
    return { ...one, status: orderStatuses.findLast((status) => statuses.includes(status)) ?? 'pending' };
  });
}

function recount(orders: readonly OrderMetric[]): TotalsDelta {
  const sum = createTotalsSum();
  for (const one of orders) sum.add(one);
  return sum.total();
}

/** The sum of deltas as a plain list, without entries that come to nothing. */
function totalsOf(deltas: readonly TotalsDelta[]): Record<string, number> {
  const sums: Record<string, number> = {};
  const add = (name: string, value: number) => {
    sums[name] = (sums[name] ?? 0) + value;
  };
  const addTally = (name: string, tally: object) => {
    for (const [field, value] of Object.entries(tally)) {
      if (typeof value === 'number' && field !== 'startAtMs') add(`${name} ${field}`, value);
    }
  };
  for (const { all, products, customers, statuses, times } of deltas) {
    addTally('all', all);
    for (const [id, tally] of products) addTally(id, tally);
    for (const [id, tally] of customers) addTally(id, tally);
    for (const [status, count] of statuses) add(status, count);
    for (const tally of times) addTally(`${tally.bucket} ${tally.startAtMs}`, tally);
  }
  return Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== 0));
}
