import { eventually } from '@fanfare/core/testing';
import type { Frame } from '@fanfare/service-kit/testing';
import { connectClient, type TestClient } from '../src/live/testing/ws-client';
import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile } from './log-in-file';
import { openReceiver, type TestReceiver } from './support/open-receiver';

describe('the WebSocket of the event store', () => {
  let service: EventStoreForTest;
  let receiver: TestReceiver;
  let client: TestClient;

  beforeEach(async () => {
    receiver = await openReceiver();
    service = await hostEventStore();
    client = await connectClient(service.url, '?user_id=u-1&client_id=c-1');
    await client.ask({ type: 'ping' });
  });

  afterEach(async () => {
    client.socket.terminate();
    await service.stop();
    await receiver.close();
  });

  const framesOf = (...types: readonly string[]): readonly Frame[] =>
    client.frames.filter(({ type }) => types.includes(type));

  async function observe(parts: object = {}): Promise<void> {
    const definition = { id: 'o-1', event_types: ['user.created'], endpoint: receiver.url, ...parts };
    expect((await service.post('/observers', definition)).status).toBe(201);
  }

  it('pushes an event that is published, as the record that the list shows', async () => {
    await service.post('/events/publish', {
      id: 'e-1',
      type: 'user_created',
      aggregate_id: 'u-1',
      aggregate_type: 'user',
      data: { user_id: 'u-1' },
    });

    await eventually(() => {
      expect(framesOf('event.published')).toMatchObject([
        { position: 1, event: { id: 'e-1', type: 'user.created', aggregate_id: 'u-1', version: 0 } },
      ]);
    });
  });

  it('tells that an event was published, that observers failed at it and why, and that all have it, in this order', async () => {
    await observe({ retry: { max_attempts: 5, delay_ms: 10 } });
    receiver.answer(() => 500);
    await service.post('/events', { id: 'e-1', type: 'user.created', data: { user_id: 'u-1' } });
    await eventually(() => {
      expect(framesOf('event.failed').length).toBeGreaterThan(0);
    });
    receiver.answer(() => 204);

    await eventually(() => {
      expect(framesOf('event.processed')).toHaveLength(1);
    });
    const frames = framesOf('event.published', 'event.failed', 'event.processed');
    expect(frames[0]).toMatchObject({ type: 'event.published', position: 1 });
    expect(frames[1]).toMatchObject({
      type: 'event.failed',
      position: 1,
      event_id: 'e-1',
      observer_id: 'o-1',
      attempt: 1,
      reason: expect.stringContaining('500') as string,
    });
    expect(frames.at(-1)).toEqual({
      type: 'event.processed',
      position: 1,
      event_id: 'e-1',
      observers: ['o-1'],
    });
  });

  it('tells once of each change of an observer, and nothing when nothing has changed', async () => {
    const subscription = { observer_id: 'o-1', event_type: 'user.deleted' };
    await observe();
    await service.post('/subscriptions', subscription);
    await service.post('/subscriptions', subscription);
    const put = (enabled: boolean) =>
      service.request('/api/v1/observers/o-1', { method: 'PATCH', body: { enabled } });
    for (const enabled of [true, false, false, true]) expect((await put(enabled)).status).toBe(200);
    await service.request('/api/v1/subscriptions', { method: 'DELETE', body: subscription });
    await client.ask({ type: 'ping' });

    await eventually(() => {
      expect(client.frames.filter(({ type }) => type.startsWith('observer.'))).toEqual([
        { type: 'observer.subscribed', observer_id: 'o-1', event_type: 'user.created' },
        { type: 'observer.subscribed', observer_id: 'o-1', event_type: 'user.deleted' },
        { type: 'observer.disabled', observer_id: 'o-1' },
        { type: 'observer.enabled', observer_id: 'o-1' },
        { type: 'observer.unsubscribed', observer_id: 'o-1', event_type: 'user.deleted' },
      ]);
    });
  });

  it('says goodbye with 1001 under load, and every event that was accepted comes when the client resumes', async () => {
    await using file = await createLogInFile();
    const first = await hostEventStore(file.env);
    const before = await connectClient(first.url, '?last_position=0');
    const accepted: string[] = [];
    const publishing = Array.from({ length: 100 }, async (_, index) => {
      const id = `e-${index}`;
      const event = { id, type: 'user.created', data: { user_id: 'u-1' } };
      // who is cut off before the answer knows nothing
      const answer = await first.post('/events', event).catch(() => undefined);
      if (answer?.status === 202) accepted.push(id);
    });
    await eventually(() => {
      expect(before.positions.length).toBeGreaterThan(10);
    });

    await first.stop();
    await Promise.all(publishing);
    expect(await before.closed).toEqual({ code: 1001, reason: 'the service stops' });

    await using second = await hostEventStore(file.env);
    const after = await connectClient(second.url, `?last_position=${before.positions.at(-1) ?? 0}`);
    await eventually(() => {
      const ids = [...before.frames, ...after.frames].flatMap(({ type, event }) =>
        type === 'event.published' ? [(event as { id: string }).id] : [],
      );
      expect(ids).toEqual(expect.arrayContaining(accepted));
      expect(new Set(ids).size).toBe(ids.length);
    });
    after.socket.terminate();
  });
});
