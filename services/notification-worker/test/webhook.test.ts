import { createVerifier } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { untilEnded, webhookEnv } from './support/channel-settings';
import { hostWorker } from './support/host-worker';
import { orderCreatedEvent } from './support/order-events';
import { startHttpReceiver } from './support/receivers';

describe('the webhook channel', () => {
  it('posts a CloudEvent under the id of the notification', async () => {
    await using receiver = await startHttpReceiver();
    const withUser = receiver.url.replace('//', '//shop:s%40fe@');
    await using system = await hostWorker(webhookEnv(`${withUser}/hook?x=1`));
    const event = orderCreatedEvent('order-1');

    await system.publish(event);

    const [notification] = await untilEnded(system, 'sent');
    const [request] = receiver.requests;
    expect(request?.path).toBe('/hook?x=1');
    expect(request?.headers).toMatchObject({
      'content-type': expect.stringContaining('application/cloudevents+json') as string,
      'webhook-id': notification?.id,
      traceparent: event.traceparent,
      authorization: `Basic ${Buffer.from('shop:s@fe').toString('base64')}`,
    });
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      specversion: '1.0',
      id: notification?.id,
      type: 'com.fanfare.notification.v1',
      subject: 'order-1',
      causationid: event.id,
      data: {
        order_id: 'order-1',
        customer_id: 'customer-1',
        event_name: 'order.created',
        subject: 'Order order-1 created for customer customer-1',
        event: { total_amount: 99.9 },
      },
    });
  });

  it('signs what it posts with each secret, anew on every try', async () => {
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'];
    await using receiver = await startHttpReceiver((_, number) => (number === 1 ? 500 : 200));
    await using system = await hostWorker({
      ...webhookEnv(receiver.url),
      NOTIFICATION_WEBHOOK_SECRETS: secrets.join(','),
    });

    await system.publish(orderCreatedEvent('order-1'));

    const [notification] = await untilEnded(system, 'sent');
    expect(receiver.requests).toHaveLength(2);
    for (const { headers, body } of receiver.requests) {
      for (const secret of secrets) {
        const verification = createVerifier({ secrets: [secret] }).verify(headers, body);
        expect(verification).toMatchObject({ ok: true, id: notification?.id });
      }
    }
  });

  it('tries again after a 500, under the same id', async () => {
    await using receiver = await startHttpReceiver((_, number) => (number === 1 ? 500 : 200));
    await using system = await hostWorker(webhookEnv(receiver.url));

    await system.publish(orderCreatedEvent('order-1'));

    const [notification] = await untilEnded(system, 'sent');
    expect(notification?.attempts).toBe(2);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([
      notification?.id,
      notification?.id,
    ]);
  });

  it('gives up after a 400, and publishes the reason', async () => {
    await using receiver = await startHttpReceiver(() => 400);
    await using system = await hostWorker(webhookEnv(receiver.url));

    await system.publish(orderCreatedEvent('order-1'));

    expect(await untilEnded(system, 'failed')).toMatchObject([
      { attempts: 1, reason: 'answered 400 Bad Request' },
    ]);
    expect(await system.published()).toMatchObject([
      { type: 'com.fanfare.notification.failed.v1', data: { reason: 'answered 400 Bad Request' } },
    ]);
    const { body } = await system.worker.request('/metrics');
    expect(body).toContain('notifications_sent_total{channel="webhook",result="failed"} 1');
  });

  it('gives up when MAX_ATTEMPTS are spent', async () => {
    await using receiver = await startHttpReceiver(() => 500);
    await using system = await hostWorker({ ...webhookEnv(receiver.url), MAX_ATTEMPTS: '2' });

    await system.publish(orderCreatedEvent('order-1'));

    expect(await untilEnded(system, 'failed')).toMatchObject([{ attempts: 2 }]);
    expect(receiver.requests).toHaveLength(2);
  });

  it('follows no redirect', async () => {
    await using receiver = await startHttpReceiver(() => 302);
    await using system = await hostWorker({ ...webhookEnv(`${receiver.url}/hook`), MAX_ATTEMPTS: '1' });

    await system.publish(orderCreatedEvent('order-1'));

    await untilEnded(system, 'failed');
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('does not wait for ever for an answer', async () => {
    await using receiver = await startHttpReceiver(() => null);
    await using system = await hostWorker({ ...webhookEnv(receiver.url), NOTIFICATION_TIMEOUT_MS: '100' });

    await system.publish(orderCreatedEvent('order-1'));

    await eventually(async () => {
      const { notifications } = await system.list('?state=pending');
      expect(notifications[0]?.reason).toBe('no answer within 100 ms');
    });
  });
});
