import { eventually } from '@fanfare/core/testing';
import { openDatabase } from '@fanfare/storage';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ObserverTables } from '../src/observers/observer-rows';
import { api, hostEventStore, type EventStoreForTest } from './host-event-store';

describe('an observer that is made while the service runs', () => {
  let folder: string;
  let receiver: Server;
  let received: string[];
  let endpoint: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'observers-'));
    received = [];
    receiver = createServer((request, response) => {
      received.push(String(request.headers['ce-id']));
      request.resume();
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
    await rm(folder, { recursive: true });
  });

  const start = () =>
    hostEventStore({
      DATABASE_URL: `sqlite:${folder}/database.db`,
      EVENT_LOG_URL: `sqlite:${folder}/log.db`,
    });
  const publish = (store: EventStoreForTest, id: string, type = 'user.created') =>
    store.post('/events', { id, type, data: {} });
  const expectReceived = (ids: readonly string[]) =>
    eventually(() => {
      expect(received).toEqual(ids);
    });

  /** As if an earlier version of the service had taken what this one does not. */
  async function breakTransforms(): Promise<void> {
    const database = await openDatabase(`sqlite:${folder}/database.db`);
    const queries = database.queries.withTables<ObserverTables>();
    for (const { id, definition } of await queries.selectFrom('observers').selectAll().execute()) {
      const broken = definition.replace('"transform":"data"', '"transform":"{"');
      await queries.updateTable('observers').set({ definition: broken }).where('id', '=', id).execute();
    }
    await database.close();
  }

  it('gets the next event, and after a restart goes on where it was', async () => {
    const first = await start();
    await publish(first, 'before');
    await first.post('/observers', { id: 'o-1', event_types: ['user.created'], endpoint });
    await publish(first, 'e-1');
    await expectReceived(['e-1']);
    await first.request(`${api}/observers/o-1`, { method: 'PATCH', body: { enabled: false } });
    await publish(first, 'missed');
    await first.stop();

    await using second = await start();
    await second.request(`${api}/observers/o-1`, { method: 'PATCH', body: { enabled: true } });
    await publish(second, 'e-2');

    await expectReceived(['e-1', 'missed', 'e-2']);
  });

  it('that does not compile any more is blocked with its reason, misses nothing, and holds up no other', async () => {
    const first = await start();
    await first.post('/observers', { id: 'aged', event_types: ['*'], endpoint, transform: 'data' });
    await first.stop();
    await breakTransforms();

    await using second = await start();
    await publish(second, 'e-1');
    await second.post('/observers', { id: 'new', event_types: ['*'], endpoint, start_from: 'beginning' });
    await publish(second, 'e-2');
    await expectReceived(['e-1', 'e-2']);

    expect((await second.get('/observers/aged')).body).toMatchObject({
      cursor: 0,
      blocked_reason: 'invalid',
      blocked_detail: expect.stringContaining('before end of expression') as string,
    });
    const { body } = await second.post('/event-store/replay', { observer_id: 'aged' });
    const { id: replayId } = body as { id: string };
    await eventually(async () => {
      expect((await second.get(`/event-store/replay/${replayId}`)).body).toMatchObject({
        state: 'failed',
        last_error: expect.stringContaining('before end of expression') as string,
      });
    });

    await second.request(`${api}/observers/aged`, { method: 'PATCH', body: { transform: null } });
    await expectReceived(['e-1', 'e-2', 'e-1', 'e-2']);
    expect((await second.get('/observers/aged')).body).toMatchObject({
      blocked_reason: null,
      blocked_detail: null,
    });
  });

  it('gets each event once, in order, while others subscribe and unsubscribe', async () => {
    await using store = await start();
    await store.post('/observers', { id: 'steady', event_types: ['user.created'], endpoint });
    await store.post('/observers', { id: 'moody', event_types: ['other'] });
    const ids = Array.from({ length: 20 }, (_, index) => `e-${index}`);

    const changing = (async () => {
      for (const [index] of ids.entries()) {
        await store.request(`${api}/subscriptions`, {
          method: index % 2 === 0 ? 'POST' : 'DELETE',
          body: { observer_id: 'moody', event_type: 'user.created' },
        });
      }
    })();
    for (const id of ids) await store.post('/events', { id, type: 'user.created', subject: 's', data: {} });
    await changing;

    await expectReceived(ids);
  });

  it('gets nothing of a type any more once it has unsubscribed', async () => {
    await using store = await start();
    await store.post('/observers', {
      id: 'o-1',
      event_types: ['user.created', 'user.deleted'],
      endpoint,
    });
    await publish(store, 'e-1');
    await expectReceived(['e-1']);

    const query = '?observer_id=o-1&event_type=user.created';
    await store.request(`${api}/subscriptions${query}`, { method: 'DELETE' });
    await publish(store, 'e-2');
    await publish(store, 'e-3', 'user.deleted');

    await expectReceived(['e-1', 'e-3']);
  });
});
