import { AppError, PermanentError, type AppErrorCode } from '@fanfare/core';
import { moved, placed, placedAtMs, sampleOrder as order } from '../../test/samples';
import { countChanges } from './count-changes';
import type { OrderMetric } from './order-metric';

const known = (...orders: readonly OrderMetric[]) => new Map(orders.map((one) => [one.orderId, one]));

describe('the effect of a batch of order events', () => {
  it('adds an order to every total that it belongs to', () => {
    const { placed: added, delta } = countChanges([placed(order('o-1'))], known());

    const tally = { orders: 1, cancelledOrders: 0, quantity: 2, revenueMinor: 1_050 };
    expect(added).toEqual([order('o-1')]);
    expect(delta).toEqual({
      all: tally,
      products: new Map([['product-1', tally]]),
      customers: new Map([['customer-1', tally]]),
      statuses: new Map([['pending', 1]]),
      times: [
        { bucket: 'minute', startAtMs: Date.parse('2026-03-01T10:20:00.000Z'), ...tally },
        { bucket: 'hour', startAtMs: Date.parse('2026-03-01T10:00:00.000Z'), ...tally },
        { bucket: 'day', startAtMs: Date.parse('2026-03-01T00:00:00.000Z'), ...tally },
      ],
    });
  });

  it('takes a cancelled order out of the revenue, and leaves it among the orders placed', () => {
    const { moved: changed, delta } = countChanges([moved('o-1', 'cancelled')], known(order('o-1')));

    expect(changed).toEqual([order('o-1', { status: 'cancelled' })]);
    expect(delta.all).toEqual({ orders: 0, cancelledOrders: 1, quantity: -2, revenueMinor: -1_050 });
    expect(delta.products.get('product-1')).toEqual(delta.all);
    expect(delta.customers.get('customer-1')).toEqual(delta.all);
    expect(delta.times.map(({ revenueMinor }) => revenueMinor)).toEqual([-1_050, -1_050, -1_050]);
    expect(delta.statuses).toEqual(
      new Map([
        ['pending', -1],
        ['cancelled', 1],
      ]),
    );
  });

  it('sees what earlier events of the same batch have done', () => {
    const {
      placed: added,
      moved: changed,
      delta,
    } = countChanges([placed(order('o-1')), moved('o-1', 'confirmed'), moved('o-1', 'cancelled')], known());

    expect(added).toEqual([order('o-1', { status: 'cancelled' })]);
    expect(changed).toEqual([]);
    expect(delta.all).toEqual({ orders: 1, cancelledOrders: 1, quantity: 0, revenueMinor: 0 });
  });

  it('counts for nothing when an order is announced again, in the same batch or a later one', () => {
    const again = placed(order('o-1'));

    const inOneBatch = countChanges([placed(order('o-1')), again], known());
    const later = countChanges([again], known(order('o-1', { status: 'shipped' })));

    expect(inOneBatch.delta.all.orders).toBe(1);
    expect(later).toMatchObject({ placed: [], moved: [], delta: { all: { orders: 0, revenueMinor: 0 } } });
  });

  it('refuses a different order under the id of a known one for good', () => {
    const other = placed(order('o-1', { totalAmountMinor: 1 }));

    expect(() => countChanges([other], known(order('o-1')))).toThrow(PermanentError);
  });

  it('refuses for now what happened to an order that was never placed', () => {
    expect(codeThrownBy(() => countChanges([moved('o-1', 'cancelled')], known()))).toBe('not_found');
  });

  it('does not bring an order back when an earlier event of it comes late', () => {
    const { moved: changed, delta } = countChanges(
      [moved('o-1', 'confirmed')],
      known(order('o-1', { status: 'cancelled' })),
    );

    expect(changed).toEqual([]);
    expect(delta.statuses).toEqual(new Map());
  });

  it('knows the time of its newest event and how many there were', () => {
    const effect = countChanges(
      [placed(order('o-1')), moved('o-1', 'confirmed', placedAtMs + 500), moved('o-1', 'confirmed')],
      known(),
    );

    expect(effect).toMatchObject({ events: 3, lastEventAtMs: placedAtMs + 500 });
  });

  it('sums up 100,000 orders exactly to the cent', () => {
    const amounts = Array.from({ length: 100_000 }, (_, index) => 1 + ((index * 7_919) % 10_007));
    const changes = amounts.map((totalAmountMinor, index) =>
      placed(order(`o-${index}`, { totalAmountMinor })),
    );

    const { delta } = countChanges(changes, known());

    expect(delta.all.revenueMinor).toBe(Number(amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)));
  });
});

function codeThrownBy(action: () => unknown): AppErrorCode | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError) return error.code;
  }
  return undefined;
}
