import { eventually } from '@fanfare/core/testing';
import { smtpEnv, untilEnded } from './support/channel-settings';
import { hostWorker } from './support/host-worker';
import { orderCreatedEvent, orderTransitionEvent } from './support/order-events';
import { findFreePort, startMailReceiver } from './support/receivers';

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
