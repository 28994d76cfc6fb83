import { eventually } from '@fanfare/core/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
