import { createClient, createReceiver, nack, type Handler, type Receiver } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { sendLogins } from '../../../packages/cloudevents/examples/audit';
import { orderCreated } from '../../../packages/cloudevents/examples/publish-to-several';
import { api, hostEventStore, listEvents, type EventStoreForTest } from './host-event-store';

describe('the examples of packages/cloudevents, through the event store', () => {
  let store: EventStoreForTest;
  let receivers: Receiver[];

  beforeEach(async () => {
    receivers = [];
    store = await hostEventStore();
  });

  afterEach(async () => {
    await store.stop();
    await Promise.all(receivers.map((receiver) => receiver.stop()));
  });

  async function observe(id: string, handler: Handler): Promise<void> {
    const receiver = createReceiver(handler);
    receivers.push(receiver);
    const { url } = await receiver.start({ port: 0, host: '127.0.0.1' });
    const definition = { id, event_types: [orderCreated.type], endpoint: url };
    expect(await store.post('/observers', definition)).toMatchObject({ status: 201 });
  }

  it('find the logins of one user again, by user and type, with their time and address', async () => {
    const client = createClient(`${store.url}${api}/events`);

    await sendLogins(client);
    await client.close();

    const { events } = await listEvents(store, '/events?type=audit.user.login&subject=ada');
    expect(events).toMatchObject([{ type: 'audit.user.login', subject: 'ada', data: { ip: '192.0.2.7' } }]);
    expect(Date.parse(String(events[0]?.['timestamp']))).not.toBeNaN();
    expect((await listEvents(store, '/events?type=audit.user.login')).events).toHaveLength(2);
  });

  it('publish to several who know nothing of each other, and who fails stops no other', async () => {
    const received: string[] = [];
    await observe('analytics', ({ id }) => void received.push(`analytics got ${id}`));
    await observe('audit', ({ id }) => void received.push(`audit got ${id}`));
    await observe('email', () => nack(503, 'the mail server is away'));
    const client = createClient(`${store.url}${api}/events`);

    const result = await client.send(orderCreated);
    await client.close();

    expect(result).toEqual({ outcome: 'ack', status: 202 });
    await eventually(async () => {
      expect([...received].sort()).toEqual(['analytics got o-1', 'audit got o-1']);
      const { body } = await store.get('/observers/email/deliveries');
      expect(body).toMatchObject({
        deliveries: expect.arrayContaining([expect.objectContaining({ status_code: 503 })]) as unknown,
      });
    });
  });
});
