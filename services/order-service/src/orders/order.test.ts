import { orderStatuses } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import { changeStatus, forgetCustomerOf, newOrder, type Order } from './order';

const placedAt = new Date('2026-01-01T10:00:00.000Z');
const changedAt = new Date('2026-01-01T10:00:01.000Z');

const placedOrder: Order = newOrder(
  { customerId: 'customer-1', productId: 'product-1', quantity: 2, totalMinor: 9_999 },
  { id: 'order-1', currency: 'USD', at: placedAt },
);

const legalMoves = [
  'pending → confirmed',
  'pending → cancelled',
  'confirmed → shipped',
  'confirmed → cancelled',
  'shipped → delivered',
  'delivered → completed',
];

describe('an order', () => {
  it('begins as pending, in its first version, unchanged since it was placed', () => {
    expect(placedOrder).toMatchObject({
      status: 'pending',
      version: 1,
      createdAt: placedAt,
      updatedAt: placedAt,
    });
  });

  for (const from of orderStatuses) {
    for (const to of orderStatuses) {
      const isLegal = legalMoves.includes(`${from} → ${to}`);

      it(`${isLegal ? 'can go' : 'refuses to go'} from ${from} to ${to}`, () => {
        const order = { ...placedOrder, status: from, version: 3 };

        const change = () => changeStatus(order, to, changedAt);

        if (isLegal) expect(change()).toEqual({ ...order, status: to, version: 4, updatedAt: changedAt });
        else expect(change).toThrow(new AppError('conflict', `a ${from} order cannot become ${to}`));
      });
    }
  }

  it('never has a change before the one that went before it, whatever the clocks of two instances say', () => {
    const earlier = new Date(placedAt.getTime() - 5);

    expect(changeStatus(placedOrder, 'confirmed', earlier).updatedAt).toEqual(placedAt);
    expect(forgetCustomerOf(placedOrder, earlier).updatedAt).toEqual(placedAt);
  });

  it('has a new version and nothing else but its customer changed when he is forgotten', () => {
    const forgotten = { ...placedOrder, customerId: 'erased', version: 2, updatedAt: changedAt };

    expect(forgetCustomerOf(placedOrder, changedAt)).toEqual(forgotten);
  });
});
