import { eventually } from '@fanfare/core/testing';
import { smtpEnv, untilEnded, webhookEnv } from './support/channel-settings';
import { hostWorker, type WorkerUnderTest } from './support/host-worker';
import { newOrders, orderCreatedEvent, orderTransitionEvent, traceId } from './support/order-events';
import { findFreePort, startHttpReceiver, startMailReceiver } from './support/receivers';

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

  it('show in the log what each has sent, once, with the ids to follow it by', async () => {
    await using receiver = await startHttpReceiver();
    await using mailServer = await startMailReceiver();
    await using system = await hostWorker({
      ...webhookEnv(receiver.url),
      ...smtpEnv(mailServer.port),
      NOTIFICATION_CHANNELS: 'log,smtp,webhook',
    });
    const event = orderTransitionEvent('order-1', 'shipped');
    await system.publish(orderCreatedEvent('order-1', { customerId: 'ann' }));
    await untilEnded(system, 'sent', 3);

    await system.publish(event);
    await untilEnded(system, 'sent', 6);

    const ids = { orderId: 'order-1', eventId: event.id, requestId: 'request-1', traceId };
    const line = { ...ids, level: 'info', msg: '📧 [NOTIFICATION] Order order-1 shipped' };
    await eventually(() => {
      const lines = system.worker.logLines.filter(({ msg }) => msg === line.msg);
      expect(lines.map(({ channel }) => channel).sort()).toEqual(['smtp', 'webhook', undefined]);
      for (const each of lines) expect(each).toMatchObject(line);
    });
  });
});

describe('a notification that is given up', () => {
  const given = async (system: WorkerUnderTest) => {
    await system.publish(orderCreatedEvent('order-1', { customerId: 'ann' }));
    const [notification] = await untilEnded(system, 'failed');
    return eventually(() => {
      const lines = system.worker.logLines.filter(({ msg }) => msg.includes('NOTIFICATION'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({
        level: 'warn',
        orderId: 'order-1',
        notificationId: notification?.id,
        eventId: notification?.event_id,
        requestId: 'request-1',
        traceId,
        attempts: 1,
        msg: '📧 [NOTIFICATION] Order order-1 created for customer ann: given up',
      });
      return lines[0];
    });
  };

  it('is a warning in the log, with the reason', async () => {
    await using receiver = await startHttpReceiver(() => 400);
    await using system = await hostWorker(webhookEnv(receiver.url));

    expect(await given(system)).toMatchObject({
      channel: 'webhook',
      reason: expect.stringContaining('400') as string,
    });
  });

  it('leaves the address out of the log that the mail server has refused', async () => {
    await using mailServer = await startMailReceiver({ codeOf: () => 550 });
    await using system = await hostWorker(smtpEnv(mailServer.port));

    expect(await given(system)).toMatchObject({
      channel: 'smtp',
      reason: expect.stringContaining('550') as string,
    });
    expect((await system.list()).notifications[0]?.reason).toContain('ann@customers.example');
    expect(JSON.stringify(system.worker.logLines)).not.toContain('ann@customers.example');
  });
});
