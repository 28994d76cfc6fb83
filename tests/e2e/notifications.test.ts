import { withClients } from './support/at-once';
import { readNotificationPage, readNotifications, untilNotified } from './support/notifications';
import { placeOrder, placeOrderIn, uniqueId } from './support/orders';
import { notificationUrl } from './support/system';
import { watchTopic } from './support/topics';

const wayToCompleted = [
  'order.created',
  'order.confirmed',
  'order.shipped',
  'order.delivered',
  'order.completed',
];

describe('notifications', () => {
  it('are none for an order that does not exist', async () => {
    expect(await readNotificationPage({ order_id: uniqueId('order') })).toEqual({
      notifications: [],
      next_cursor: null,
    });
  });

  it('belong each to the one event that they tell of', async () => {
    const orders = await watchTopic();
    const { id } = await placeOrderIn('completed');

    const notifications = await untilNotified(id, wayToCompleted);

    const events = await orders.eventsOf(id);
    const nameById = new Map(events.map((event, index) => [event.id, wayToCompleted[index]]));
    for (const { order_id, event_id, event } of notifications) {
      expect([order_id, event]).toEqual([id, nameById.get(event_id)]);
    }
    expect(new Set(notifications.map((notification) => notification.id)).size).toBe(notifications.length);
  });

  it('are told themselves on topic notifications, each once', async () => {
    const outcomes = await watchTopic('notifications', notificationUrl);
    const { id } = await placeOrderIn('cancelled');

    const notifications = await untilNotified(id, ['order.created', 'order.cancelled']);

    const told = (await outcomes.eventsOf(id)).map(({ type, data }) => ({ type, data }));
    expect(told).toHaveLength(notifications.length);
    for (const { id: notification_id, event, channel, sent_at } of notifications) {
      expect(told).toContainEqual({
        type: 'com.fanfare.notification.sent.v1',
        data: { notification_id, order_id: id, event_name: event, channel, sent_at },
      });
    }
  });

  it('are listed newest first, and walked page by page each is shown once', async () => {
    const { id: order_id } = await placeOrderIn('completed');
    await untilNotified(order_id, wayToCompleted);
    const all = await readNotifications(order_id);

    const walked = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: Record<string, string> = { order_id, limit: '2', ...(cursor && { cursor }) };
      const page = await readNotificationPage(query);
      walked.push(...page.notifications);
      cursor = page.next_cursor;
    }

    expect(walked).toEqual(all);
    const times = all.map(({ created_at }) => created_at);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('can be listed by what became of them', async () => {
    const { id: order_id } = await placeOrder();
    const sent = await untilNotified(order_id, ['order.created']);

    const [asSent, asFailed] = await withClients(2, ['sent', 'failed'], (state) =>
      readNotificationPage({ order_id, state }),
    );

    expect(asSent?.notifications).toEqual(sent);
    expect(asFailed?.notifications).toEqual([]);
  });
});
