import { orderStatuses } from '@fanfare/contracts';
import fc from 'fast-check';
import { moved, placed, placedAtMs, sampleOrder as order } from '../../test/samples';
import { countChanges } from './count-changes';
import type { OrderChange } from './order-change';
import type { OrderMetric } from './order-metric';
import { createTotalsSum, type TotalsDelta } from './totals-delta';

describe('totals kept batch by batch', () => {
  it('equal a recount of all orders, however the events are cut into batches', () => {
    fc.assert(
      fc.property(history, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (changes, sizes) => {
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

/** Orders and what happens to them, each event possibly repeated, and each after its order was placed. */
const history: fc.Arbitrary<OrderChange[]> = fc
  .array(
    fc.record({
      customer: fc.integer({ min: 1, max: 3 }),
      product: fc.integer({ min: 1, max: 3 }),
      quantity: fc.integer({ min: 1, max: 1_000_000 }),
      totalAmountMinor: fc.integer({ min: 0, max: 9_999_999_999 }),
      createdAtMs: fc.integer({ min: placedAtMs, max: placedAtMs + 100_000_000 }),
      statuses: fc.subarray(orderStatuses.slice(1)),
      isRepeated: fc.boolean(),
      placeInLine: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
    }),
    { maxLength: 20 },
  )
  .map((orders) =>
    orders
      .flatMap(({ customer, product, statuses, isRepeated, placeInLine, ...rest }, index) => {
        const first = placed(
          order(`o-${index}`, { customerId: `c-${customer}`, productId: `p-${product}`, ...rest }),
        );
        const events = [first, ...statuses.map((status) => moved(`o-${index}`, status))];
        const places = [...placeInLine].sort((one, other) => one - other);
        const all = isRepeated ? [...events, first] : events;
        return all.map((change, step) => ({ change, place: places[step] ?? 1 }));
      })
      .sort((one, other) => one.place - other.place)
      .map(({ change }) => change),
  );

/** Pieces of the given sizes, over and over. */
function* cut<T>(items: readonly T[], sizes: readonly number[]): Generator<readonly T[]> {
  for (let start = 0, piece = 0; start < items.length; piece += 1) {
    const size = sizes[piece % sizes.length] ?? 1;
    yield items.slice(start, start + size);
    start += size;
  }
}

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
