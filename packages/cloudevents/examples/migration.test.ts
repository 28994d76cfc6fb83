import { nack, type Client } from '@fanfare/cloudevents';
import { forwardFromQueue, runFromOwnFormat } from './migration';
import { lendClient } from './support/lend-client';

describe('the migration of an own format', () => {
  it('makes events of it, and loses no field', async () => {
    expect(await runFromOwnFormat()).toMatchObject([
      {
        type: 'com.example.order.created',
        source: '/orders',
        subject: 'order-1',
        time: '2026-01-02T03:04:05Z',
        region: 'eu',
        data: { total: 42, event_type: 'OrderCreated' },
      },
    ]);
  });
});

describe('the migration from a queue', () => {
  const content = JSON.stringify({ order_id: 'order-1', created_at: '2026-01-02T03:04:05Z' });

  async function forward(client: Client): Promise<string> {
    let fate = '';
    await forwardFromQueue(
      {
        content,
        ack: () => (fate = 'acknowledged'),
        requeue: () => (fate = 'requeued'),
        deadLetter: (reason) => (fate = reason),
      },
      client,
    );
    return fate;
  }

  it('acknowledges a message when its event is taken, and not before', async () => {
    expect(await lendClient(() => undefined, forward)).toBe('acknowledged');
  });

  it('keeps a message while nobody takes it, and sorts out what nobody ever will', async () => {
    expect(await lendClient(() => nack(503, 'later'), forward)).toBe('requeued');
    expect(await lendClient(() => nack(422, 'no such product'), forward)).toContain('no such product');
  });
});
