import { orderStatuses } from '@fanfare/contracts';
import fc from 'fast-check';
import type { OrderChange } from '../src/orders/order-change';
import { moved, placed, placedAtMs, sampleOrder as order } from './samples';

/** Orders and what happens to them, each event possibly repeated, and each after its order was placed. */
export const history: fc.Arbitrary<OrderChange[]> = fc
  .array(
    fc.record({
      customer: fc.integer({ min: 1, max: 3 }),
      product: fc.integer({ min: 1, max: 3 }),
      quantity: fc.integer({ min: 1, max: 1_000_000 }),
      totalAmountMinor: fc.integer({ min: 0, max: 9_999_999_999 }),
      createdAtMs: fc.integer({ min: placedAtMs, max: placedAtMs + 100_000_000 }),
      statuses: fc.subarray(orderStatuses.slice(1)),
      isRepeated: fc.boolean(),
      movedAtMs: fc.integer({ min: placedAtMs, max: placedAtMs + 200_000_000 }),
      placeInLine: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
    }),
    { maxLength: 20 },
  )
  .map((orders) =>
    orders
      .flatMap(({ customer, product, statuses, isRepeated, movedAtMs, placeInLine, ...rest }, index) => {
        const first = placed(
          order(`o-${index}`, { customerId: `c-${customer}`, productId: `p-${product}`, ...rest }),
        );
        const events = [first, ...statuses.map((status) => moved(`o-${index}`, status, movedAtMs))];
        const places = [...placeInLine].sort((one, other) => one - other);
        const all = isRepeated ? [...events, first] : events;
        return all.map((change, step) => ({ change, place: places[step] ?? 1 }));
      })
      .sort((one, other) => one.place - other.place)
      .map(({ change }) => change),
  );

/** How events are cut into batches. */
export const batchSizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });

/** Pieces of the given sizes, over and over. */
export function* cut<T>(items: readonly T[], sizes: readonly number[]): Generator<readonly T[]> {
  for (let start = 0, piece = 0; start < items.length; piece += 1) {
    const size = sizes[piece % sizes.length] ?? 1;
    yield items.slice(start, start + size);
    start += size;
  }
}
