import { untilEnded } from './support/channel-settings';
import { hostWorker } from './support/host-worker';
import { orderCreatedEvent, orderTransitionEvent } from './support/order-events';
import { startHttpReceiver } from './support/receivers';

describe('the sms channel', () => {
  const smsEnv = (url: string, body: string) => ({
    NOTIFICATION_CHANNELS: 'sms',
    SMS_URL: url,
    SMS_BODY: body,
  });

  it('hands a short text to the gateway as JSON', async () => {
    await using gateway = await startHttpReceiver();
    await using system = await hostWorker(smsEnv(gateway.url, '{"to":"{customer_id}","text":"{text}"}'));

    await system.publish(orderCreatedEvent('order-1', { customerId: 'a"b' }));

    const [notification] = await untilEnded(system, 'sent');
    const [request] = gateway.requests;
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'idempotency-key': notification?.id,
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      to: 'a"b',
      text: 'Order order-1 created for customer a"b',
    });
  });

  it('or as a form', async () => {
    await using gateway = await startHttpReceiver();
    await using system = await hostWorker(smsEnv(gateway.url, 'to={customer_id}&text={text}'));

    await system.publish(orderCreatedEvent('order-1', { customerId: 'a&b' }));

    await untilEnded(system, 'sent');
    const form = new URLSearchParams(gateway.requests[0]?.body);
    expect([...form]).toEqual([
      ['to', 'a&b'],
      ['text', 'Order order-1 created for customer a&b'],
    ]);
  });

  it('has nobody to write to when the customer is not known', async () => {
    await using gateway = await startHttpReceiver();
    await using system = await hostWorker(smsEnv(gateway.url, 'to={customer_id}'));

    await system.publish(orderTransitionEvent('order-unknown', 'shipped'));

    expect(await untilEnded(system, 'failed')).toMatchObject([
      { reason: 'the customer of the order is not known' },
    ]);
    expect(gateway.requests).toEqual([]);
  });
});
