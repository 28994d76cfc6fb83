import { eventually } from '@fanfare/core/testing';
import { openDelivering, type Delivering } from './support/delivering';

describe('the mailbox of an observer without endpoint', () => {
  let t: Delivering;

  beforeEach(async () => {
    t = await openDelivering();
    await t.observe({ endpoint: null, event_types: ['user.*'] });
  });
  afterEach(() => t[Symbol.asyncDispose]());

  const ids = async (query = '') => {
    const { body } = await t.store.get(`/observers/billing/deliveries${query}`);
    return (body as { deliveries: { event: { id: string } }[] }).deliveries.map(({ event }) => event.id);
  };
  const acknowledge = (position: number, id = 'billing') =>
    t.change('POST', `/observers/${id}/deliveries/ack`, { position });

  it('holds what it wants and has not acknowledged, in order', async () => {
    await t.publish('e-1');
    await t.publish('e-2', { type: 'order.created' });
    await t.publish('e-3');

    expect(await ids()).toEqual(['e-1', 'e-3']);
    expect(await ids('?order=desc&limit=1')).toEqual(['e-3']);
    expect(await ids('?offset=1')).toEqual(['e-3']);
    expect(await t.deliveries()).toMatchObject([{ status: 'pending', attempt: 0, at: null }, {}]);

    expect((await acknowledge(1)).status).toBe(204);
    expect(await ids()).toEqual(['e-3']);
    expect((await acknowledge(3)).status).toBe(204);
    expect((await acknowledge(1)).status).toBe(204);
    expect(await ids()).toEqual([]);
    expect(await t.observer()).toMatchObject({ cursor: 3, lag: 0 });
  });

  it('is read page by page, each event once', async () => {
    await t.publishAll(Array.from({ length: 25 }, (_, index) => `e-${index}`));
    const { body } = await t.store.get('/observers/billing/deliveries?limit=20');
    const { next_cursor: cursor } = body as { next_cursor: string };

    expect(await ids(`?limit=20&cursor=${cursor}`)).toEqual(['e-20', 'e-21', 'e-22', 'e-23', 'e-24']);
  });

  it('makes an event processed when it is acknowledged', async () => {
    await t.publish('e-1');
    expect((await t.store.get('/events/e-1')).body).toMatchObject({ processed: false });

    await acknowledge(1);

    expect((await t.store.get('/events/e-1')).body).toMatchObject({ processed: true });
  });

  it('shows what the transform makes of an event', async () => {
    await t.observe({ id: 'short', endpoint: null, transform: '{ "who": data.user_id }' });
    await t.publish('e-1', { data: { user_id: 'u-1' } });

    expect(await t.deliveries('short')).toMatchObject([{ event: { id: 'e-1', data: { who: 'u-1' } } }]);
  });

  it('can be acknowledged no further than the log goes, and only where there is one', async () => {
    await t.observe({ id: 'posted' });

    expect((await acknowledge(1)).status).toBe(400);
    expect((await acknowledge(0, 'posted')).status).toBe(409);
    expect((await acknowledge(0, 'nobody')).status).toBe(404);
    expect((await t.change('POST', '/observers/billing/test')).status).toBe(409);
  });

  it('holds what follows when its observer is given an endpoint, which then is posted', async () => {
    await t.publish('e-1');
    await t.publish('e-2');
    await acknowledge(1);

    await t.change('PATCH', '/observers/billing', { endpoint: t.receiver.url });

    await eventually(() => {
      expect(t.receiver.ids()).toEqual(['e-2']);
    });
  });
});
