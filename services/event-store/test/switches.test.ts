import { createVirtualClock } from '@fanfare/core';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { hostEventStore, type EventStoreForTest } from './host-event-store';

const metadataOf = async (store: EventStoreForTest, path = '/info') =>
  ((await store.get(path)).body as { metadata: unknown }).metadata;

async function cacheReads(store: EventStoreForTest): Promise<Readonly<Record<string, number>>> {
  const { body } = await store.request('/metrics');
  const counts = String(body).matchAll(/^cache_requests_total\{result="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries(Array.from(counts, ([, result = '', count]) => [result, Number(count)]));
}

async function createAggregates(store: EventStoreForTest, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const answer = await store.post('/aggregates', { type: 'custom', id, initial_state: { a: 1 } });
    expect(answer.status).toBe(201);
  }
}

const readAggregate = (store: EventStoreForTest, id: string) => store.get(`/aggregates/${id}`);

describe('switches', () => {
  it('are shown, each as it is set', async () => {
    await using on = await hostEventStore({ AUDITING_ENABLED: 'true' });
    const names = ['VALIDATION', 'CACHING', 'MONITORING', 'AUDITING'];
    const env = Object.fromEntries(names.map((name) => [`${name}_ENABLED`, 'false']));
    await using off = await hostEventStore(env);

    const switches = (is: boolean) => ({
      validation_enabled: is,
      caching_enabled: is,
      monitoring_enabled: is,
      auditing_enabled: is,
    });
    expect(await metadataOf(on)).toMatchObject(switches(true));
    expect(await metadataOf(off)).toMatchObject(switches(false));
    expect(await metadataOf(off, '/stats')).toMatchObject(switches(false));
  });

  it('without validation events are not compared with the catalogue, only their envelope is', async () => {
    await using on = await hostEventStore();
    await using off = await hostEventStore({ VALIDATION_ENABLED: 'false', STRICT_EVENT_TYPES: 'true' });
    const wrong = { type: 'payment.created', data: { amount: 'much' } };

    expectProblem(await on.post('/events', wrong), 400);
    expect((await off.post('/events', wrong)).status).toBe(202);
    expect((await off.post('/events', { type: 'never.heard.of', data: 1 })).status).toBe(202);
    const published = {
      type: 'user.updated',
      aggregate_id: 'u-1',
      aggregate_type: 'user',
      data: { changes: 17, email: ['x'] },
    };
    expect((await off.post('/events/publish', published)).status).toBe(200);
    expect((await off.get('/aggregates/u-1')).status).toBe(200);

    for (const envelope of [{ data: {} }, { type: 7, data: {} }, { ...wrong, more: 1 }]) {
      expectProblem(await off.post('/events', envelope), 400);
    }
  });

  it('without validation the types that were listed are still the only ones', async () => {
    const env = { VALIDATION_ENABLED: 'false', SUPPORTED_EVENT_TYPES: 'payment.*' };
    await using store = await hostEventStore(env);

    expectProblem(await store.post('/events', { type: 'user.created', data: {} }), 400);
    expect((await store.post('/events', { type: 'payment.created', data: 1 })).status).toBe(202);
  });

  it('without caching every read goes to the log, and is the same', async () => {
    await using on = await hostEventStore();
    await using off = await hostEventStore({ CACHING_ENABLED: 'false', CACHE_URL: 'redis://127.0.0.1:1' });
    for (const store of [on, off]) await createAggregates(store, 'a');

    const [first, second] = [await readAggregate(off, 'a'), await readAggregate(off, 'a')];
    expect(second.body).toEqual(first.body);
    expect(await cacheReads(off)).toEqual({ hit: 0, miss: 2, error: 0 });
    await readAggregate(on, 'a');
    await readAggregate(on, 'a');
    expect(await cacheReads(on)).toEqual({ hit: 1, miss: 1, error: 0 });
  });
});

describe('the cache of aggregates', () => {
  it('forgets when CACHE_TTL is over, not before', async () => {
    const clock = createVirtualClock();
    await using store = await hostEventStore({ CACHE_TTL: '90s' }, { clock });
    await createAggregates(store, 'a');
    await readAggregate(store, 'a');

    await clock.advance(89_999);
    await readAggregate(store, 'a');
    expect(await cacheReads(store)).toMatchObject({ hit: 1, miss: 1 });
    await clock.advance(1);
    await readAggregate(store, 'a');

    expect(await cacheReads(store)).toMatchObject({ hit: 1, miss: 2 });
  });

  it('holds no more than CACHE_MAX_SIZE', async () => {
    await using store = await hostEventStore({ CACHE_MAX_SIZE: '2' });
    await createAggregates(store, 'a', 'b', 'c');

    for (const id of ['a', 'b', 'c', 'c', 'b', 'a']) await readAggregate(store, id);

    expect(await cacheReads(store)).toMatchObject({ hit: 2, miss: 4 });
  });
});

describe('the WebSocket', () => {
  const head =
    'GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n';

  it('closes who takes longer than WS_HANDSHAKE_MS to ask for it', async () => {
    await using store = await hostEventStore({ WS_HANDSHAKE_MS: '100' });
    const slow = openRawConnection(store.url);
    slow.write(head);

    await eventually(() => {
      expect(slow.isClosed()).toBe(true);
    });
    expect(slow.received()).toMatch(/^HTTP\/1\.1 408 /);

    const quick = openRawConnection(store.url);
    quick.write(`${head}sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    await eventually(() => {
      expect(quick.received()).toMatch(/^HTTP\/1\.1 101 /);
    });
    quick.destroy();
  });

  it('is not there with WS_ENABLED=false', async () => {
    await using store = await hostEventStore({ WS_ENABLED: 'false' });
    const connection = openRawConnection(store.url);
    connection.write(`${head}sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);

    await eventually(() => {
      expect(connection.received()).toMatch(/^HTTP\/1\.1 404 /);
    });
    connection.destroy();
    expectProblem(await store.request('/ws'), 404);
  });
});
