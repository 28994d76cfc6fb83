import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@fanfare/core/testing';
import { api, get, post, readEvents } from './support/event-store';
import { send } from './support/http';
import { readNotifications, untilNotified } from './support/notifications';
import { placeOrder, placeOrderIn, uniqueId } from './support/orders';
import { eventStoreUrl, orderUrl } from './support/system';
import { watchTopic } from './support/topics';
import { openWebHook } from './support/web-hook';

const run = promisify(execFile);

describe('an order that is placed at the order service', () => {
  it('is a history in the event store: the events of its topic, as an aggregate at each of its versions', async () => {
    const topic = await watchTopic();
    const order = await placeOrderIn('shipped');

    const told = await topic.eventsOf(order.id);
    await eventually(async () => {
      const events = await readEvents(`/events/aggregate/${order.id}`);
      expect(events.map(({ id, type, version }) => [id, type, version])).toEqual([
        [told[0]?.id, 'order.created', 0],
        [told[1]?.id, 'order.confirmed', 1],
        [told[2]?.id, 'order.shipped', 2],
      ]);
    });

    const { total_amount, customer_id: user_id } = order;
    expect(await get(`/aggregates/${order.id}`)).toMatchObject({
      type: 'order',
      version: 2,
      state: { order_id: order.id, user_id, total_amount, status: 'shipped' },
    });
    for (const [version, status] of ['pending', 'confirmed', 'shipped'].entries()) {
      expect(await get(`/aggregates/${order.id}?version=${version}`)).toMatchObject({ state: { status } });
    }
  });

  it('is in the event store with the notifications that tell of it, which are no part of its history', async () => {
    const { id } = await placeOrder();
    await untilNotified(id, ['order.created']);
    const [notification] = await readNotifications(id);

    await eventually(async () => {
      const events = await readEvents(`/events?subject=${id}`);
      expect(events.map(({ type, aggregate_id }) => [type, aggregate_id])).toEqual([
        ['order.created', id],
        ['notification.sent', null],
      ]);
      expect(events[1]?.causation_id).toBe(events[0]?.id);
      expect(events[1]?.data).toMatchObject({ notification_id: notification?.id, order_id: id });
    });
  });

  it('is told to who observes orders, in its order', async () => {
    await using hook = await openWebHook();
    const observer = { id: uniqueId('observer'), event_types: ['order.*'], endpoint: hook.url };
    await post('/observers', observer, 201);

    const { id } = await placeOrderIn('completed');

    await eventually(() => {
      const types = hook.delivered
        .filter(({ headers }) => headers['ce-subject'] === id)
        .map(({ headers }) => headers['ce-type']);
      const names = ['created', 'confirmed', 'shipped', 'delivered', 'completed'];
      expect(types).toEqual(names.map((name) => `com.fanfare.order.${name}.v1`));
    });
    await send(`${api}/observers/${observer.id}`, { method: 'DELETE' });
  });

  it('leaves the log verifiable', async () => {
    const { id } = await placeOrder();
    await eventually(async () => {
      expect(await readEvents(`/events/aggregate/${id}`)).toHaveLength(1);
    });

    expect(await get('/event-store/verify')).toMatchObject({ valid: true });
  });
});

describe('event-store.sh', () => {
  it('is answered by every route that the event store describes', async () => {
    const env = { PATH: process.env['PATH'], ORDER_URL: orderUrl, EVENT_STORE_URL: eventStoreUrl };

    const { stdout } = await run('bash', [path.join(__dirname, 'event-store.sh')], { env });

    expect(stdout).toMatch(/All \d+ routes answer\.\n$/);
  });
});
