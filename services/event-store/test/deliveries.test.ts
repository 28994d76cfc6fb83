import { eventually } from '@fanfare/core/testing';
import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { openReceiver, type TestReceiver } from './support/open-receiver';

describe('deliveries to observers', () => {
  let store: EventStoreForTest;
  let receiver: TestReceiver;

  beforeEach(async () => {
    receiver = await openReceiver();
    store = await hostEventStore();
  });
  afterEach(async () => {
    await store.stop();
    await receiver.close();
  });

  const observe = async (parts: object = {}) => {
    const definition = { id: 'billing', event_types: ['*'], endpoint: receiver.url, ...parts };
    const { status, body } = await store.post('/observers', definition);
    expect({ status, body }).toMatchObject({ status: 201 });
  };
  const publish = (id: string, parts: object = {}) =>
    store.post('/events', { id, type: 'user.created', data: { user_id: 'u-1' }, ...parts });

  it('come as CloudEvents in binary mode, with their position and the number of the attempt', async () => {
    await observe();
    await publish('e-1', { subject: 'Zoë' });

    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1']);
    });

    expect(receiver.requests[0]).toMatchObject({
      method: 'POST',
      headers: {
        'ce-id': 'e-1',
        'ce-type': 'com.fanfare.user.created.v1',
        'ce-subject': 'Zo%C3%AB',
        'ce-position': '1',
        'ce-attempt': '1',
      },
      body: '{"user_id":"u-1"}',
    });
  });
});
