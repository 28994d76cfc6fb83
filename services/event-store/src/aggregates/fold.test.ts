import {
  createLift,
  defineExternalEvent,
  defineUpcaster,
  orderCreated,
  userCreated,
} from '@fanfare/contracts';
import { sampleOf } from '@fanfare/contracts/testing';
import { z } from 'zod';
import { happenedAt, loggedHistory, recordedAt, type Happening } from '../../test/logged-history';
import type { Aggregate } from './aggregate';
import { applyEvent } from './fold';
import { foldEvents as fold } from './testing/fold-events';

function foldOf(type: string, happenings: readonly Happening[]): Aggregate {
  const aggregate = fold(loggedHistory({ id: 'a-1', type }, happenings));
  if (!aggregate) throw new Error('there is no event to fold');
  return aggregate;
}

describe('an aggregate', () => {
  it('is the fold of its history: version, times, state, activity and metadata', () => {
    const user = foldOf('user', [
      { name: 'user.created', data: { email: 'a@example.com' }, metadata: { tenant: 't-1', by: 'web' } },
      { name: 'user.updated', data: { changes: { email: 'b@example.com' } }, metadata: { by: 'app' } },
    ]);

    expect(user).toEqual({
      id: 'a-1',
      type: 'user',
      version: 1,
      state: { email: 'b@example.com', status: 'active' },
      createdAt: recordedAt(0),
      updatedAt: recordedAt(1),
      isActive: true,
      metadata: { tenant: 't-1', by: 'app' },
    });
  });

  it('gains only a version and a time by an event that its fold does not know', () => {
    const metadata = { by: 'web' };
    const created: Happening = { name: 'user.created', data: { email: 'a@example.com' }, metadata };
    const after = foldOf('user', [
      created,
      { name: 'product.deleted', data: { email: 'x', changes: { role: 'x' } }, metadata: { by: 'shop' } },
      { name: 'user.moonwalked', data: { email: 'y' }, metadata: { moon: 1 } },
    ]);

    expect(after).toEqual({ ...foldOf('user', [created]), version: 2, updatedAt: recordedAt(2) });
  });

  it.each(['user', 'order', 'payment', 'custom', 'course'])(
    'of type %s takes the data of an event that is named custom as a merge patch',
    (type) => {
      const { state } = foldOf(type, [
        { name: `${type}.created`, data: { status: 'new', tags: { a: 1, b: 2 } } },
        { name: 'custom', data: { tags: { a: null }, rank: 3 } },
      ]);

      expect(state).toMatchObject({ status: 'new', tags: { b: 2 }, rank: 3 });
      expect(state).not.toHaveProperty('tags.a');
    },
  );

  it('stays what it is when an event carries no object', () => {
    const { state, version } = foldOf('custom', [
      { name: 'custom.created', data: { a: 1 } },
      { name: 'custom', data: [1, 2] },
      { name: 'custom', data: new Uint8Array([1]) },
      { name: 'custom' },
    ]);

    expect({ state, version }).toEqual({ state: { a: 1 }, version: 3 });
  });

  it('has no state once data of its history was erased, until it is created anew', () => {
    const history: Happening[] = [
      { name: 'user.created', isErased: true },
      { name: 'user.updated', data: { changes: { role: 'admin' } }, metadata: { by: 'app' } },
    ];
    expect(foldOf('user', history)).toMatchObject({ version: 1, state: null, isActive: false, metadata: {} });

    const anew = foldOf('user', [...history, { name: 'user.created', data: { role: 'user' } }]);
    expect(anew).toMatchObject({ version: 2, state: { role: 'user', status: 'active' }, isActive: true });
  });

  it('reads old events in the newest version of their type', () => {
    const form = { name: 'user.created', summary: 'For this test only.' };
    const old = defineExternalEvent({ ...form, version: 1, data: z.object({ email: z.string() }) });
    const next = defineExternalEvent({ ...form, version: 2, data: z.object({ mail: z.string() }) });
    const liftEvent = createLift([defineUpcaster(old, next, ({ email }) => ({ mail: email }))]);
    const sample = sampleOf(userCreated);
    const [logged] = loggedHistory({ id: 'a-1', type: 'user' }, [
      { name: 'user.created', data: sample.data },
    ]);
    if (!logged) throw new Error('there is no event');

    const { type, data } = liftEvent(sample);
    const { state } = applyEvent(null, logged, ({ event }) => ({ ...event, type, data }));

    expect(state).toEqual({ mail: 'john@example.com', status: 'active' });
  });

  it('takes no event but the next one', () => {
    const [first, , third] = loggedHistory(
      { id: 'a-1', type: 'user' },
      Array(3).fill({ name: 'user.updated' }),
    );
    if (!first || !third) throw new Error('there are too few events');

    expect(() => applyEvent(applyEvent(null, first), third)).toThrow('does not follow version 0');
    expect(() => applyEvent(null, third)).toThrow('does not follow');
    expect(() => applyEvent(null, { ...first, stream: null, version: null })).toThrow('does not follow');
  });
});

describe('an aggregate of users', () => {
  const created: Happening = { name: 'user_created', data: { email: 'a@example.com', role: 'user' } };

  it.each([
    ['user.activated', 'active', true],
    ['user.deactivated', 'deactivated', false],
    ['user.deleted', 'deleted', false],
  ])('has after %s the status %s', (name, status, isActive) => {
    expect(foldOf('user', [created, { name }])).toMatchObject({
      state: { email: 'a@example.com', status },
      isActive,
    });
  });

  it('takes the fields of either document, and only those', () => {
    const { state } = foldOf('user', [
      { name: 'user.created', data: { user_id: 'u-1', name: 'Ann', status: 'invited', action: 'created' } },
      { name: 'user.updated', data: { name: 'Ann B', status: 'active', action: 'updated', updated_by: 'x' } },
      { name: 'user.updated', data: { changes: { phone: '1' }, updated_by: 'u-1' } },
    ]);

    expect(state).toEqual({ user_id: 'u-1', name: 'Ann B', status: 'active', phone: '1' });
  });
});

describe('an aggregate of orders', () => {
  it.each([
    [
      'of Fanfare itself',
      sampleOf(orderCreated).data,
      {
        user_id: 'customer-123',
        product_id: 'product-456',
        quantity: 2,
        order_date: '2026-03-02T09:15:00.417Z',
      },
    ],
    [
      'with items',
      {
        order_id: 'o-1',
        user_id: 'u-1',
        payment_id: 'p-1',
        total_amount: 5,
        currency: 'EUR',
        items: [{ quantity: 1 }],
      },
      {
        user_id: 'u-1',
        payment_id: 'p-1',
        items: [{ quantity: 1 }],
        order_date: happenedAt(0).toISOString(),
      },
    ],
    [
      'with an order number',
      { order_id: 'o-1', user_id: 'u-1', order_number: 'N-7', total_amount: 5, currency: 'EUR' },
      { user_id: 'u-1', order_number: 'N-7', status: 'pending', order_date: happenedAt(0).toISOString() },
    ],
  ])('reads the order %s', (_, data, expected) => {
    const { state } = foldOf('order', [{ name: 'order.created', data }]);

    expect(state).toMatchObject({ total_amount: data.total_amount, currency: data.currency, ...expected });
    expect(state).not.toHaveProperty('customer_id');
    expect(state).not.toHaveProperty('created_at');
  });

  it.each(['confirmed', 'shipped', 'delivered', 'completed', 'cancelled'])(
    'is %s alike, by the event of that name and by order.status_changed',
    (status) => {
      const created: Happening = { name: 'order.created', data: { order_id: 'o-1', status: 'pending' } };
      const change = {
        order_id: 'o-1',
        old_status: 'pending',
        new_status: status,
        reason: 'r',
        changed_by: 'x',
      };

      const byName = foldOf('order', [created, { name: `order.${status}`, data: change }]);

      expect(byName.state).toMatchObject({ order_id: 'o-1', status });
      expect(byName).toEqual(foldOf('order', [created, { name: 'order_status_changed', data: change }]));
      expect(byName).toEqual(
        foldOf('order', [created, { name: `order.${status}`, data: { order_id: 'o-1' } }]),
      );
    },
  );
});

describe('an aggregate of payments', () => {
  it('begins with being processed where nobody creates it, and ends refunded', () => {
    const { state } = foldOf('payment', [
      {
        name: 'payment_processed',
        data: { payment_id: 'p-1', amount: 5, gateway: 'g', status: 'completed' },
      },
      { name: 'payment.refunded', data: { payment_id: 'p-1', reason: 'broken' } },
    ]);

    expect(state).toEqual({
      payment_id: 'p-1',
      amount: 5,
      gateway: 'g',
      status: 'refunded',
      payment_date: happenedAt(0).toISOString(),
    });
  });

  it.each([
    ['payment.created', 'pending'],
    ['payment.processed', 'processed'],
    ['payment.completed', 'completed'],
    ['payment.failed', 'failed'],
    ['payment.refunded', 'refunded'],
  ])('has after %s the status %s, unless the event says another', (name, status) => {
    expect(foldOf('payment', [{ name }]).state).toMatchObject({ status });
    expect(foldOf('payment', [{ name, data: { status: 'held' } }]).state).toMatchObject({ status: 'held' });
  });
});

describe('an aggregate of any other type', () => {
  it.each([
    ['custom', [{ a: null, b: { c: null } }], { a: null, b: { c: null } }],
    ['shop', [{ stock: 3 }, { changes: { stock: 2, sold: { today: 1 } } }], { stock: 2, sold: { today: 1 } }],
    [
      'course',
      [{ pupils: { ann: 1, ben: 1 } }, { changes: { pupils: { ben: null } } }],
      { pupils: { ann: 1 } },
    ],
  ])('%s is what it was created with, and then what was merged in', (type, datas, state) => {
    const [initial, ...updates] = datas;
    const history = [
      { name: `${type}.created`, data: initial },
      ...updates.map((data) => ({ name: `${type}.updated`, data })),
    ];

    expect(foldOf(type, history).state).toEqual(state);
  });

  it('merges the data of its own events, whatever they are called', () => {
    const history: Happening[] = [
      { name: 'patient.admitted', data: { ward: 3, vitals: { pulse: 70 } } },
      { name: 'patient.measured', data: { vitals: { pulse: 64 } } },
      { name: 'patient.deleted', data: { reason: 'moved' } },
    ];

    expect(foldOf('patient', history)).toMatchObject({
      state: { ward: 3, vitals: { pulse: 64 }, reason: 'moved' },
      isActive: false,
    });
  });
});
