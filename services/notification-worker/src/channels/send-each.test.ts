import { notificationOf } from '../../test/support/notifications';
import { orderCreatedEvent } from '../../test/support/order-events';
import type { Outcome } from './channel';
import { sendEach } from './send-each';

const notifications = [1, 2, 3, 4].map((number) =>
  notificationOf(orderCreatedEvent('order-1'), { id: `n-${number}` }),
);

describe('sendEach', () => {
  it('answers in the order of the notifications, with no more under way than allowed', async () => {
    let underWay = 0;
    let most = 0;

    const outcomes = await sendEach(
      notifications,
      { concurrency: 2, signal: new AbortController().signal },
      async ({ id }): Promise<Outcome> => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise(setImmediate);
        underWay -= 1;
        return { kind: 'failed', reason: id };
      },
    );

    expect(outcomes.map((outcome) => 'reason' in outcome && outcome.reason)).toEqual([
      'n-1',
      'n-2',
      'n-3',
      'n-4',
    ]);
    expect(most).toBe(2);
  });

  it('leaves the rest untried once the receiver is found away', async () => {
    const outcomes = await sendEach(
      notifications,
      { concurrency: 1, signal: new AbortController().signal },
      async ({ id }) => (id === 'n-2' ? { kind: 'unavailable', reason: 'refused' } : { kind: 'sent' }),
    );

    expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'unavailable', 'untried', 'untried']);
  });

  it('begins nothing more when it is told to stop', async () => {
    const stop = new AbortController();

    const outcomes = await sendEach(notifications, { concurrency: 1, signal: stop.signal }, async () => {
      stop.abort();
      return { kind: 'sent' };
    });

    expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'untried', 'untried', 'untried']);
  });
});
