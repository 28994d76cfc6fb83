import { externalOrder, orderCancelled, orderCreated, orderStatusChanged, userCreated } from './index';
import { sampleOf } from './testing';

const fromShop = {
  order_id: 'o-1',
  user_id: 'u-1',
  payment_id: 'p-1',
  total_amount: 99.99,
  currency: 'USD',
  status: 'created',
  items: [{ product_id: 'lamp', quantity: 3, price: 33.33, total: 99.99 }],
};
const fromEventSourcing = {
  order_id: 'o-1',
  user_id: 'u-1',
  order_number: '2026-0001',
  total_amount: 99.99,
  currency: 'USD',
  status: 'pending',
};

describe('order.created', () => {
  it('is refused when it is empty or its amount has fractions of a cent', () => {
    const { data } = sampleOf(orderCreated);

    expect(() => orderCreated.parseData({})).toThrow();
    expect(() => orderCreated.parseData({ ...data, total_amount: 10.555 })).toThrow('two decimals');
  });

  it.each([
    ['a shop', fromShop],
    ['an event-sourced service', fromEventSourcing],
    ['this system', sampleOf(orderCreated).data],
  ])('may come to the event store in the form of %s', (_whose, data) => {
    expect(orderCreated.external.parse(data)).toEqual(data);
  });

  it('reaches the consumers of the topic in the form of this system only', () => {
    expect(() => orderCreated.parseData(fromShop)).toThrow();
    expect(() => orderCreated.parseData(fromEventSourcing)).toThrow();
  });
});

describe('events from outside', () => {
  it('tell of a change of status in either form', () => {
    const changed = {
      order_id: 'o-1',
      old_status: 'pending',
      new_status: 'cancelled',
      changed_at: '2026-01-01T02:00:00+02:00',
    };

    expect(orderStatusChanged.parseData(changed)).toEqual(changed);
    expect(orderCancelled.external.parse(changed)).toEqual(changed);
    expect(orderCancelled.external.parse(fromShop)).toEqual(fromShop);
  });

  it('are refused when a known field has the wrong type', () => {
    const wrong = [
      { order_id: 1 },
      { total_amount: '1' },
      { items: [{ price: 0.001 }] },
      { changed_at: 'yesterday' },
      [],
    ];

    expect(wrong.filter((data) => externalOrder.safeParse(data).success)).toEqual([]);
  });

  it('introduce users by one name or by two', () => {
    const oneName = { user_id: 'u-1', email: 'a@b.c', name: 'Jo Do', status: 'active', action: 'created' };
    const twoNames = { user_id: 'u-1', email: 'a@b.c', first_name: 'Jo', last_name: 'Do', role: 'user' };

    expect([userCreated.parseData(oneName), userCreated.parseData(twoNames)]).toEqual([oneName, twoNames]);
  });
});
