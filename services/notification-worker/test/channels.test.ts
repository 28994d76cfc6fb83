import { createVerifier } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { hostWorker, type WorkerUnderTest } from './support/host-worker';
import { newOrders, orderCreatedEvent, orderTransitionEvent } from './support/order-events';
import { findFreePort, startHttpReceiver, startMailReceiver } from './support/receivers';

const smtpEnv = (port: number, to = '{customer_id}@customers.example') => ({
  NOTIFICATION_CHANNELS: 'smtp',
  SMTP_URL: `smtp://127.0.0.1:${port}`,
  SMTP_FROM: 'Fanfare <shop@fanfare.example>',
  SMTP_TO: to,
});
const webhookEnv = (url: string) => ({ NOTIFICATION_CHANNELS: 'webhook', NOTIFICATION_WEBHOOK_URL: url });

/** Waits until as many notifications as that have ended in `state`. */
const untilEnded = (system: WorkerUnderTest, state: 'sent' | 'failed', count = 1) =>
  eventually(async () => {
    const { notifications } = await system.list(`?state=${state}`);
    expect(notifications).toHaveLength(count);
    return notifications;
  });

describe('the smtp channel', () => {
  it('sends a mail to the customer, under the id of the notification', async () => {
    await using mailServer = await startMailReceiver();
    await using system = await hostWorker(smtpEnv(mailServer.port));

    await system.publish(orderCreatedEvent('order-1', { customerId: 'ann' }));

    const [notification] = await untilEnded(system, 'sent');
    const [mail] = mailServer.mails;
    expect(mail?.to).toEqual(['ann@customers.example']);
    expect(mail?.source).toContain(`Message-ID: <${notification?.id ?? ''}@fanfare>`);
    expect(mail?.source).toMatch(/^Subject: Order order-1 created for customer ann\r$/m);
    expect(mail?.source).toMatch(/^From: Fanfare <shop@fanfare\.example>\r$/m);
    expect(mail?.source).toContain('Total: $99.90');
  });

  it('writes to the customer of an order also when only its status has changed', async () => {
    await using mailServer = await startMailReceiver();
    await using system = await hostWorker(smtpEnv(mailServer.port));
    await system.publish(orderCreatedEvent('order-1', { customerId: 'ann' }));
    await untilEnded(system, 'sent');

    await system.publish(orderTransitionEvent('order-1', 'shipped'));

    await untilEnded(system, 'sent', 2);
    expect(mailServer.mails[1]?.to).toEqual(['ann@customers.example']);
    expect(mailServer.mails[1]?.source).toMatch(/^Subject: Order order-1 shipped\r$/m);
  });

  it('waits for a mail server that is away, says so in its health, and delivers once when it comes', async () => {
    const port = await findFreePort();
    await using system = await hostWorker(smtpEnv(port));
    await system.publish(orderCreatedEvent('order-1'));
    await eventually(async () => {
      const { status, body } = await system.worker.request('/health');
      expect([status, body]).toMatchObject([503, { status: 'degraded' }]);
      expect(body).toHaveProperty('checks.smtp', expect.stringContaining('unhealthy'));
    });
    expect((await system.worker.request('/health/ready')).status).toBe(200);

    await using mailServer = await startMailReceiver({ port });

    const [notification] = await untilEnded(system, 'sent');
    expect(mailServer.mails).toHaveLength(1);
    expect(notification?.attempts).toBe(1);
    await eventually(async () => {
      expect((await system.worker.request('/health')).status).toBe(200);
    });
  });

  it('gives up at once what the mail server refuses for good', async () => {
    await using mailServer = await startMailReceiver({ codeOf: () => 550 });
    await using system = await hostWorker(smtpEnv(mailServer.port));

    await system.publish(orderCreatedEvent('order-1'));

    const [notification] = await untilEnded(system, 'failed');
    expect(notification).toMatchObject({ attempts: 1, sent_at: null });
    expect(notification?.reason).toContain('550');
    const [event] = await system.published();
    expect(event).toMatchObject({
      type: 'com.fanfare.notification.failed.v1',
      data: { order_id: 'order-1', channel: 'smtp', attempts: 1 },
    });
  });

  it('tries again what the mail server refuses for now', async () => {
    let refusals = 1;
    await using mailServer = await startMailReceiver({ codeOf: () => (refusals-- > 0 ? 451 : 250) });
    await using system = await hostWorker(smtpEnv(mailServer.port));

    await system.publish(orderCreatedEvent('order-1'));

    expect(await untilEnded(system, 'sent')).toMatchObject([{ attempts: 2 }]);
    expect(mailServer.mails).toHaveLength(1);
  });

  it.each(['eve@evil.example,ann', 'ann>,<eve@evil.example'])(
    'adds no recipient for a customer called %s',
    async (customerId) => {
      await using mailServer = await startMailReceiver();
      await using system = await hostWorker(smtpEnv(mailServer.port));

      await system.publish(orderCreatedEvent('order-1', { customerId }));

      const [notification] = await untilEnded(system, 'failed');
      expect(notification?.reason).toContain('is not a mail address');
      expect(mailServer.mails).toEqual([]);
    },
  );

  it('still writes to a fixed address when the customer of an order is not known', async () => {
    await using mailServer = await startMailReceiver();
    await using system = await hostWorker(smtpEnv(mailServer.port, 'desk@fanfare.example'));

    await system.publish(orderTransitionEvent('order-unknown', 'delivered'));

    await untilEnded(system, 'sent');
    expect(mailServer.mails.map(({ to }) => to)).toEqual([['desk@fanfare.example']]);
  });
});

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

describe('several channels', () => {
  it('each get one notification of every event, and one whose receiver is away holds up no other', async () => {
    await using receiver = await startHttpReceiver();
    await using system = await hostWorker({
      ...webhookEnv(receiver.url),
      ...smtpEnv(await findFreePort()),
      NOTIFICATION_CHANNELS: 'log,smtp,webhook',
    });

    await system.publish(...newOrders(20));

    await untilEnded(system, 'sent', 40);
    expect((await system.list('?state=pending')).notifications.map(({ channel }) => channel)).toEqual(
      Array.from({ length: 20 }, () => 'smtp'),
    );
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(20);
  });
});
