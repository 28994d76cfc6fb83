import { expectProblem } from '@fanfare/service-kit/testing';
import { api, hostEventStore, type EventStoreForTest } from './host-event-store';

describe('subscriptions', () => {
  let store: EventStoreForTest;

  beforeEach(async () => {
    store = await hostEventStore();
    await store.post('/observers', { id: 'shop', event_types: ['order.created', 'order.cancelled'] });
    await store.post('/observers', { id: 'audit', event_types: ['*'] });
    await store.post('/observers', { id: 'money', event_types: ['payment.*', 'order.created'] });
  });
  afterEach(() => store.stop());

  const subscribe = (observer_id: string, event_type: string) =>
    store.post('/subscriptions', { observer_id, event_type });
  const unsubscribe = (body: unknown, query = '') =>
    store.request(`${api}/subscriptions${query}`, { method: 'DELETE', body });
  const list = async (query = '') => (await store.get(`/subscriptions${query}`)).body;
  const typesOf = async (id: string) =>
    ((await store.get(`/observers/${id}`)).body as { event_types: string[] }).event_types;

  it('are the types of all observers, counted, with the types that anyone is told of', async () => {
    expect(await list()).toEqual({
      subscriptions: [
        { observer_id: 'audit', event_type: '*' },
        { observer_id: 'money', event_type: 'order.created' },
        { observer_id: 'money', event_type: 'payment.*' },
        { observer_id: 'shop', event_type: 'order.cancelled' },
        { observer_id: 'shop', event_type: 'order.created' },
      ],
      count: 5,
      event_types: ['*', 'order.cancelled', 'order.created', 'payment.*'],
      next_cursor: null,
    });
  });

  it('are those of one observer, or those that events of a type reach, also by patterns', async () => {
    expect(await list('?observer_id=money')).toMatchObject({ count: 2 });
    expect(await list('?observer_id=nobody')).toMatchObject({ count: 0, event_types: [] });
    expect(await list('?event_type=order.created')).toMatchObject({
      count: 3,
      event_types: ['*', 'order.created'],
    });
    expect(await list('?event_type=OrderCreated&observer_id=shop')).toMatchObject({ count: 1 });
    expect(await list('?event_type=com.fanfare.payment.failed.v1')).toMatchObject({
      subscriptions: [{ observer_id: 'audit' }, { observer_id: 'money', event_type: 'payment.*' }],
    });
    expect(await list('?event_type=order.*')).toMatchObject({ count: 4 });
    expectProblem(await store.get('/subscriptions?event_type=a*b'), 400);
  });

  it('come page by page, each once, however they change meanwhile', async () => {
    const first = (await list('?limit=2')) as { next_cursor: string; count: number };
    await unsubscribe({ observer_id: 'money', event_type: 'order.created' });
    await subscribe('audit', 'user.created');

    expect(first.count).toBe(5);
    expect(await list(`?limit=3&cursor=${first.next_cursor}`)).toMatchObject({
      subscriptions: [
        { observer_id: 'money', event_type: 'payment.*' },
        { observer_id: 'shop', event_type: 'order.cancelled' },
        { observer_id: 'shop', event_type: 'order.created' },
      ],
      next_cursor: null,
    });
    expect(await list('?order=desc&limit=1&offset=1')).toMatchObject({
      subscriptions: [{ observer_id: 'shop', event_type: 'order.cancelled' }],
    });
  });

  it('are made once, whichever way the type is spelled', async () => {
    const made = await subscribe('shop', 'user.created');
    expect(made).toMatchObject({ status: 201, body: { observer_id: 'shop', event_type: 'user.created' } });

    expect((await subscribe('shop', 'user.created')).status).toBe(200);
    expect((await subscribe('shop', 'user_created')).status).toBe(200);
    expect(await typesOf('shop')).toEqual(['order.created', 'order.cancelled', 'user.created']);
  });

  it('are made for observers that there are, and of types that can be', async () => {
    expectProblem(await subscribe('nobody', 'user.created'), 404);
    expect(expectProblem(await subscribe('shop', 'a*b'), 400).errors).toMatchObject([
      { field: 'event_type' },
    ]);
    expectProblem(await store.post('/subscriptions', { observer_id: 'shop' }), 400);
  });

  it('are at most a thousand of each observer', async () => {
    const types = Array.from({ length: 999 }, (_, index) => `type-${index}`);
    await store.post('/observers', { id: 'greedy', event_types: types });

    const statuses = await Promise.all(
      ['a', 'b', 'c'].map(async (type) => (await subscribe('greedy', type)).status),
    );

    expect(statuses.sort()).toEqual([201, 409, 409]);
    expect((await subscribe('greedy', 'type-0')).status).toBe(200);
    await unsubscribe({ observer_id: 'greedy', event_type: 'type-0' });
    expect((await subscribe('greedy', 'd')).status).toBe(201);
  });

  it('end by a request with the fields in its body or in its query', async () => {
    expect((await unsubscribe({ observer_id: 'shop', event_type: 'order_created' })).status).toBe(204);
    const query = '?observer_id=shop&event_type=order.cancelled';
    expect((await unsubscribe(undefined, query)).status).toBe(204);

    expect(await typesOf('shop')).toEqual([]);
    expectProblem(await unsubscribe(undefined, query), 404);
    expectProblem(await unsubscribe({ observer_id: 'nobody', event_type: 'x' }), 404);
    expect(expectProblem(await unsubscribe({ event_type: 'x' }), 400).errors).toEqual([
      { field: 'observer_id', message: 'is required' },
    ]);
  });

  it('end with their observer', async () => {
    await store.request(`${api}/observers/money`, { method: 'DELETE' });

    expect(await list('?event_type=payment.created')).toMatchObject({ count: 1, event_types: ['*'] });
  });
});
