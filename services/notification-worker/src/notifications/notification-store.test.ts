import { migrate, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { notificationOf } from '../../test/support/notifications';
import { newId, orderCreatedEvent, orderTransitionEvent } from '../../test/support/order-events';
import { migrations, prepareDatabase } from '../../test/support/prepare-database';
import type { Settlement } from './judge-outcomes';
import type { Notification } from './notification';
import { toRow } from './notification-rows';
import { createNotificationStore, type NotificationStore } from './notification-store';

const now = new Date('2026-03-02T09:15:00.000Z');
const later = (ms: number) => new Date(now.getTime() + ms);

const newNotification = (orderId: string, parts?: Partial<Notification>) =>
  notificationOf(orderCreatedEvent(orderId), parts);

const ordersOf = (found: readonly { readonly orderId: string }[]) => found.map(({ orderId }) => orderId);

describeOnEveryDatabase('the notification store', (openDatabase) => {
  let database: Database;
  let store: NotificationStore;

  beforeEach(async () => {
    database = await openDatabase();
    await prepareDatabase(database);
    store = createNotificationStore(database);
  });

  const record = (...notifications: readonly Notification[]) =>
    database.transact((tx) => store.record(tx, notifications));

  const claim = ({ at = now, channel = 'log', limit = 10, token = newId() } = {}) =>
    store.claimDue({ channel, limit, now: at, until: later(30_000 + at.getTime() - now.getTime()), token });

  const settle = (token: string, settlements: readonly Settlement[], at = now) =>
    store.settle({ token, settlements, now: at }, () => undefined);

  const sent = (notification: Notification): Settlement => {
    return { notification, state: 'sent', attempts: 1, dueAt: null, reason: null };
  };

  it('gives back what was recorded, exactly', async () => {
    const notification = newNotification(`order-'"\\%_`);
    await record(notification);

    expect(await claim()).toEqual([notification]);
  });

  it('keeps one notification for each event and channel, however often it is recorded', async () => {
    const event = orderCreatedEvent('order-1');
    await record(notificationOf(event), notificationOf(event, { channel: 'smtp' }));
    await record(
      notificationOf(event),
      notificationOf(orderCreatedEvent('order-2')),
      notificationOf(event, { channel: 'smtp' }),
    );

    const kept = await store.list({ limit: 10 });

    expect(kept.map(({ orderId, channel }) => `${orderId} ${channel}`)).toEqual([
      'order-2 log',
      'order-1 smtp',
      'order-1 log',
    ]);
  });

  it('keeps the events of two producers that number theirs alike apart, under the ids that they gave them', async () => {
    const shops = ['/shop-a', '/shop-b'].map((source) =>
      notificationOf({ ...orderCreatedEvent(`order-of${source}`), source, id: '1' }),
    );
    await record(...shops);
    await record(...shops.map((notification) => ({ ...notification, id: newId() })));

    const kept = await store.list({ limit: 10 });

    expect(kept.map(({ orderId, eventId }) => `${orderId} ${eventId}`)).toEqual([
      'order-of/shop-b 1',
      'order-of/shop-a 1',
    ]);
    expect(await claim()).toEqual(shops);
  });

  it('claims what is due, of one channel, oldest first, and not too much of it', async () => {
    await record(
      newNotification('order-3', { createdAt: later(2) }),
      newNotification('order-1'),
      newNotification('order-2'),
      newNotification('not-due', { createdAt: later(3) }),
      newNotification('by-mail', { channel: 'smtp' }),
    );

    const first = await claim({ at: later(2), limit: 2 });
    const second = await claim({ at: later(2), limit: 2 });

    expect([ordersOf(first), ordersOf(second)]).toEqual([['order-1', 'order-2'], ['order-3']]);
  });

  it('never lets two claim the same', async () => {
    const orders = Array.from({ length: 100 }, (_, index) => `order-${index}`);
    await record(...orders.map((orderId) => newNotification(orderId)));

    const claims = await Promise.all(Array.from({ length: 8 }, () => claim({ limit: 20 })));

    expect(new Set(ordersOf(claims.flat())).size).toBe(claims.flat().length);
  });

  it('gives what a dead process had claimed to the next one when the claim is over', async () => {
    await record(newNotification('order-1'));
    await claim();

    const before = await claim({ at: later(29_999) });
    const after = await claim({ at: later(30_000) });

    expect([ordersOf(before), ordersOf(after)]).toEqual([[], ['order-1']]);
  });

  it('settles only what is still held, so that the slow one of two changes nothing', async () => {
    await record(newNotification('order-1'), newNotification('order-2'));
    const [first, second] = await claim({ token: 'slow', limit: 2 });
    if (!first || !second) throw new Error('nothing was claimed');
    await claim({ at: later(30_000), token: 'next', limit: 1 });

    const settled = await settle('slow', [sent(first), sent(second)]);

    expect(settled.map(({ notification }) => notification.orderId)).toEqual(['order-2']);
    expect((await store.list({ limit: 10 })).map(({ state }) => state)).toEqual(['sent', 'pending']);
  });

  it('settles the same twice without a change', async () => {
    await record(newNotification('order-1'));
    const [claimed] = await claim({ token: 'mine' });
    if (!claimed) throw new Error('nothing was claimed');

    await settle('mine', [sent(claimed)]);

    expect(await settle('mine', [sent(claimed)], later(1))).toEqual([]);
    expect(await store.list({ limit: 10 })).toMatchObject([
      { state: 'sent', attempts: 1, sentAt: now, reason: null },
    ]);
  });

  it('offers a failed try again at its time, and what is done never again', async () => {
    await record(newNotification('order-1'), newNotification('order-2'), newNotification('order-3'));
    const [first, second, third] = await claim({ token: 'mine' });
    if (!first || !second || !third) throw new Error('nothing was claimed');
    const reason = 'the receiver said: “no” 🚫';

    await settle('mine', [
      sent(first),
      { notification: second, state: 'pending', attempts: 1, dueAt: later(500), reason },
      { notification: third, state: 'failed', attempts: 10, dueAt: null, reason },
    ]);

    expect(await store.nextDueAt('log')).toEqual(later(500));
    expect(await claim({ at: later(499) })).toEqual([]);
    expect(await claim({ at: later(500) })).toEqual([{ ...second, attempts: 1 }]);
    expect(await store.list({ state: 'failed', limit: 10 })).toMatchObject([{ orderId: 'order-3', reason }]);
  });

  it('has nothing due when nothing waits', async () => {
    expect(await store.nextDueAt('log')).toBeNull();
  });

  it('knows the customers of orders that were created', async () => {
    await record(notificationOf(orderCreatedEvent('order-1')), {
      ...notificationOf(orderTransitionEvent('order-2', 'shipped')),
      customerId: null,
    });

    const customers = await database.transact((tx) =>
      store.findCustomers(tx, ['order-1', 'order-2', 'order-3']),
    );

    expect([...customers]).toEqual([['order-1', 'customer-1']]);
  });

  it('lists by order and state, newest first, from where one left off', async () => {
    await record(...['a', 'b', 'a', 'a'].map((orderId) => newNotification(orderId)));
    const all = await store.list({ limit: 10 });

    const ofOrder = await store.list({ orderId: 'a', state: 'pending', limit: 2 });
    const rest = await store.list({ orderId: 'a', before: ofOrder[1]?.id, limit: 2 });

    expect([...ofOrder, ...rest]).toEqual(all.filter(({ orderId }) => orderId === 'a'));
    expect(ordersOf(all)).toEqual(['a', 'a', 'b', 'a']);
  });
});

describeOnEveryDatabase('a database with notifications of the first release', (openDatabase) => {
  it('still knows the events of which they are', async () => {
    const database = await openDatabase();
    await migrate(database, { component: 'notification-worker', migrations: migrations.slice(0, 1) });
    const notification = newNotification('order-1');
    const row = Object.entries(toRow(notification, undefined)).filter(
      ([name]) => name !== 'foreign_event_id',
    );
    await database.dialect.insertRows(database.queries, 'notifications', [Object.fromEntries(row)]);

    await prepareDatabase(database);

    const store = createNotificationStore(database);
    const again = { ...notification, id: newId() };
    expect(await database.transact((tx) => store.record(tx, [again]))).toBe(false);
    expect(await store.list({ limit: 10 })).toMatchObject([
      { id: notification.id, eventId: notification.event.id },
    ]);
  });
});
