import { createSystemClock } from '@fanfare/core';
import { notificationOf } from '../../test/support/notifications';
import { orderCreatedEvent } from '../../test/support/order-events';
import { startHttpReceiver } from '../../test/support/receivers';
import { createWebhookChannel } from './webhook-channel';

describe('the webhook channel', () => {
  it('rejects at once a notification of which no valid event can be made, and sends the others', async () => {
    await using receiver = await startHttpReceiver();
    const channel = createWebhookChannel(
      { url: receiver.url, secrets: [], timeoutMs: 1_000 },
      createSystemClock(),
    );
    const event = orderCreatedEvent('order-1');
    const notifications = [
      notificationOf(event, { id: 'n-1', orderId: '' }),
      notificationOf(event, { id: 'n-2' }),
    ];

    const outcomes = await channel.send(notifications, new AbortController().signal);
    await channel.close();

    expect(outcomes).toEqual([
      { kind: 'rejected', reason: expect.stringContaining('subject') as string },
      { kind: 'sent' },
    ]);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual(['n-2']);
  });

  it('finds a receiver away that nobody answers for, and says why without its URL', async () => {
    const url = 'http://127.0.0.1:1/secret';
    const channel = createWebhookChannel({ url, secrets: [], timeoutMs: 1_000 }, createSystemClock());

    const outcomes = await channel.send(
      [notificationOf(orderCreatedEvent('order-1'))],
      new AbortController().signal,
    );
    await channel.close();

    expect(outcomes).toEqual([{ kind: 'unavailable', reason: 'connect ECONNREFUSED 127.0.0.1:1' }]);
  });
});
