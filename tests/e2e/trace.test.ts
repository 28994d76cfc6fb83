import { randomBytes } from 'node:crypto';
import { untilNotified } from './support/notifications';
import { newOrder, orderSchema, placeOrder, postOrder, uniqueId } from './support/orders';
import { send } from './support/http';
import { notificationUrl, orderUrl, services } from './support/system';
import { watchTopic } from './support/topics';

const newTrace = () => {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
};

describe('the id and the trace of a request', () => {
  it('arrive in the event of the order and in the event of its notification', async () => {
    const [orders, notifications] = [await watchTopic(), await watchTopic('notifications', notificationUrl)];
    const requestId = uniqueId('request');
    const { traceId, traceparent } = newTrace();

    const answer = await postOrder(newOrder(), { 'x-request-id': requestId, traceparent });

    const { id } = orderSchema.parse(answer.body);
    expect(answer.headers.get('x-request-id')).toBe(requestId);
    const [created] = await orders.eventsOf(id);
    expect(created).toMatchObject({
      correlationid: requestId,
      traceparent: expect.stringMatching(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`)) as unknown,
    });
    await untilNotified(id, ['order.created']);
    for (const sent of await notifications.eventsOf(id)) {
      expect(sent).toMatchObject({
        type: 'com.fanfare.notification.sent.v1',
        correlationid: requestId,
        causationid: created?.id,
        traceparent: expect.stringContaining(traceId) as unknown,
      });
    }
  });

  it('are those of the request that changed the order, not of the one that placed it', async () => {
    const orders = await watchTopic();
    const { id } = await placeOrder();
    const { traceId, traceparent } = newTrace();
    const requestId = uniqueId('request');

    await send(`${orderUrl}/orders/${id}/cancel`, {
      method: 'POST',
      headers: { 'x-request-id': requestId, traceparent },
    });

    const [created, cancelled] = await orders.eventsOf(id);
    expect(cancelled).toMatchObject({
      correlationid: requestId,
      traceparent: expect.stringContaining(traceId) as unknown,
    });
    expect(created?.traceparent).not.toContain(traceId);
  });

  it('are made when the client sends none', async () => {
    const orders = await watchTopic();
    const answers = [await postOrder(newOrder()), await postOrder(newOrder())];

    const traces = [];
    for (const { headers, body } of answers) {
      const [event] = await orders.eventsOf(orderSchema.parse(body).id);
      expect(event?.correlationid).toBe(headers.get('x-request-id'));
      expect(event?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      traces.push(event?.traceparent);
    }
    expect(new Set(traces).size).toBe(2);
  });

  it.each([
    ['zeros', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`],
    ['upper case', `00-${'A'.repeat(32)}-${'1'.repeat(16)}-01`],
    ['a version that is forbidden', `ff-${'a'.repeat(32)}-${'1'.repeat(16)}-01`],
    ['nothing like it', 'garbage'],
  ])('are not taken from a traceparent that breaks the specification: %s', async (_, traceparent) => {
    const orders = await watchTopic();

    const { status, body } = await postOrder(newOrder(), { traceparent });

    expect(status).toBe(201);
    const [event] = await orders.eventsOf(orderSchema.parse(body).id);
    expect(event?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
    expect(event?.traceparent?.toLowerCase()).not.toContain(traceparent.toLowerCase().slice(3, 35));
  });

  it.each(services)('come back from %s with every answer, refusals too', async (_, url) => {
    const headers = { 'x-request-id': uniqueId('request') };

    for (const path of ['/health/live', '/no/such/path', '/ledger?verbose=1', '/docs']) {
      const answer = await send(`${url}${path}`, { headers });
      expect([path, answer.headers.get('x-request-id')]).toEqual([path, headers['x-request-id']]);
      if (answer.status >= 400) expect(answer.body).toMatchObject({ request_id: headers['x-request-id'] });
    }
  });

  it('are not taken from a request id that could break a log line', async () => {
    const answer = await postOrder(newOrder(), { 'x-request-id': 'x'.repeat(129) });

    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]{1,128}$/);
  });
});
