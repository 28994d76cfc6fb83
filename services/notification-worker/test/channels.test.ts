import { smtpEnv, untilEnded, webhookEnv } from './support/channel-settings';
import { hostWorker } from './support/host-worker';
import { newOrders } from './support/order-events';
import { findFreePort, startHttpReceiver } from './support/receivers';

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
