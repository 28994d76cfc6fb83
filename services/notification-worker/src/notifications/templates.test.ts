import type { CloudEvent } from '@fanfare/contracts';
import { notificationOf } from '../../test/support/notifications';
import { orderCreatedEvent, orderTransitionEvent } from '../../test/support/order-events';
import { fillIn, toLogLines, toMessage } from './templates';

const told = (event: CloudEvent, customerId: string | null = 'customer-7') =>
  notificationOf(event, { customerId });

describe('templates', () => {
  it('show a new order in the two lines that operators look for', () => {
    const lines = toLogLines(told(orderCreatedEvent('order-1', { totalAmount: 1234.5 })));

    expect(lines).toEqual([
      '📧 [NOTIFICATION] Order order-1 created for customer customer-7',
      '   Product: product-1, Quantity: 2, Total: $1234.50',
    ]);
  });

  it('name a currency that is not the dollar', () => {
    const [, details] = toLogLines(told(orderCreatedEvent('order-1', { currency: 'EUR' })));

    expect(details).toBe('   Product: product-1, Quantity: 2, Total: 99.90 EUR');
  });

  it.each(['confirmed', 'cancelled', 'shipped', 'delivered', 'completed'] as const)(
    'show that an order was %s in one line',
    (status) => {
      const lines = toLogLines(told(orderTransitionEvent('order-1', status)));

      expect(lines).toEqual([`📧 [NOTIFICATION] Order order-1 ${status}`]);
    },
  );

  it.each([
    [orderCreatedEvent('o-1'), 'Order o-1 created for customer customer-7', 'thank you for your order o-1.'],
    [orderTransitionEvent('o-1', 'confirmed'), 'Order o-1 confirmed', 'is confirmed'],
    [
      orderTransitionEvent('o-1', 'cancelled', 'out of stock'),
      'Order o-1 cancelled',
      'cancelled: out of stock.',
    ],
    [orderTransitionEvent('o-1', 'cancelled'), 'Order o-1 cancelled', 'was cancelled.'],
    [orderTransitionEvent('o-1', 'shipped'), 'Order o-1 shipped', 'is on its way'],
    [orderTransitionEvent('o-1', 'delivered'), 'Order o-1 delivered', 'was delivered'],
    [orderTransitionEvent('o-1', 'completed'), 'Order o-1 completed', 'is completed'],
  ])('word %# for a letter', (event, subject, sentence) => {
    const message = toMessage(told(event));

    expect(message.subject).toBe(subject);
    expect(message.text).toMatch(/^Dear customer-7,\n\n/);
    expect(message.text).toContain(sentence);
  });

  it('do without the customer when nobody knows who it is', () => {
    const message = toMessage(told(orderTransitionEvent('order-1', 'shipped'), null));

    expect(message.text).toMatch(/^Dear customer,/);
  });
});

describe('fillIn', () => {
  it('puts values where their names stand, and leaves other braces alone', () => {
    const text = fillIn(
      '{"to":"{customer_id}","text":"{text}","{x}":1}',
      told(orderTransitionEvent('o-1', 'shipped')),
    );

    expect(text).toBe('{"to":"customer-7","text":"Order o-1 shipped","{x}":1}');
  });

  it('never takes a value for a placeholder', () => {
    const text = fillIn(
      '{order_id} {customer_id}',
      told(orderTransitionEvent('{customer_id}', 'shipped'), '{id}'),
    );

    expect(text).toBe('{customer_id} {id}');
  });

  it('is null when the text needs a customer and none is known', () => {
    const notification = told(orderTransitionEvent('o-1', 'shipped'), null);

    expect([fillIn('{customer_id}', notification), fillIn('{order_id}', notification)]).toEqual([
      null,
      'o-1',
    ]);
  });
});
