import { eventually } from '@fanfare/core/testing';
import { openDelivering, type Delivering } from './support/delivering';

describe('dead letters', () => {
  let t: Delivering;

  beforeEach(async () => {
    t = await openDelivering();
    t.receiver.answer(({ events }) => (events[0]?.id === 'bad-type' ? 422 : 500));
  });
  afterEach(() => t[Symbol.asyncDispose]());

  /** Brings events to be given up at once. */
  const giveUp = async (...ids: readonly string[]) => {
    for (const id of ids) await t.publish(id, { data: { amount: 1 }, subject: 'same' });
    await eventually(async () => {
      expect((await t.deadLetters()).map(({ event }) => event.id)).toEqual(ids);
    });
  };
  const once = { retry: { max_attempts: 1 }, breaker: { failures: 1_000 } };
  const firstId = async () => String((await t.deadLetters())[0]?.id);

  it('are listed for all observers and for each, in the order in which they failed, by page and by reason', async () => {
    await t.observe(once);
    await t.observe({ id: 'audit', ...once, event_types: ['order.*'] });
    await giveUp('e-1', 'bad-type', 'e-2');

    const { body } = await t.store.get('/dead-letters?limit=2');
    expect(body).toMatchObject({ dead_letters: [{ event: { id: 'e-1' } }, { event: { id: 'bad-type' } }] });
    const { next_cursor: cursor } = body as { next_cursor: string };
    expect(await t.deadLetters(`&cursor=${cursor}`)).toMatchObject([{ event: { id: 'e-2' } }]);
    expect(await t.deadLetters('&reason=422')).toMatchObject([{ event: { id: 'bad-type' } }]);
    expect(await t.deadLetters('&observer_id=audit')).toEqual([]);
    expect((await t.store.get('/observers/billing/dead-letters?order=desc&limit=1')).body).toMatchObject({
      dead_letters: [{ event: { id: 'e-2' }, attempts: 1, last_retry: null }],
    });
    expect((await t.store.get('/observers/nobody/dead-letters')).status).toBe(404);
  });

  it('are delivered again when they are redriven: one, the first few, or all, and only to their observer', async () => {
    await t.observe(once);
    await giveUp('e-1', 'e-2', 'e-3', 'e-4');
    await t.observe({ id: 'other' });
    t.receiver.answer(() => 204);
    const before = t.receiver.ids();

    expect(await t.change('POST', `/dead-letters/${await firstId()}/redrive`)).toMatchObject({ status: 202 });
    await t.received(...before, 'e-1');
    const { body } = await t.change('POST', '/observers/billing/dead-letters/redrive', { limit: 2 });
    expect(body).toEqual({ redriven: 2 });
    await t.received(...before, 'e-1', 'e-2', 'e-3');
    await t.change('POST', '/observers/billing/dead-letters/redrive');
    await t.received(...before, 'e-1', 'e-2', 'e-3', 'e-4');

    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ dead_letters: 0, waiting: 0 });
    });
  });

  it('come back with all their attempts when they fail again', async () => {
    await t.observe(once);
    await giveUp('e-1');
    const id = await firstId();

    await t.change('POST', `/dead-letters/${id}/redrive`);

    await t.received('e-1', 'e-1');
    await eventually(async () => {
      expect(await t.deadLetters()).toMatchObject([{ id, attempts: 1 }]);
    });
  });

  it('are delivered with the data that an operator gave them, while the event stays as it is', async () => {
    await t.observe(once);
    await giveUp('e-1');
    const id = await firstId();

    const { status, body } = await t.change('PATCH', `/dead-letters/${id}`, { data: { amount: 2 } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ event: { data: { amount: 1 } }, edited_data: { amount: 2 } });
    t.receiver.answer(() => 204);
    await t.change('POST', `/dead-letters/${id}/redrive`);

    await t.received('e-1', 'e-1');
    expect(t.receiver.requests[1]?.body).toBe('{"amount":2}');
    expect((await t.store.get('/events/e-1')).body).toMatchObject({ data: { amount: 1 } });
  });

  it('are removed for good, and then are nowhere but in the log', async () => {
    await t.observe(once);
    await giveUp('e-1');
    const id = await firstId();

    expect((await t.change('DELETE', `/dead-letters/${id}`, { reason: 'a test order' })).status).toBe(204);

    expect((await t.store.get(`/dead-letters/${id}`)).status).toBe(404);
    expect((await t.change('DELETE', `/dead-letters/${id}`)).status).toBe(404);
    expect((await t.change('POST', `/dead-letters/${id}/redrive`)).status).toBe(404);
    expect((await t.change('PATCH', `/dead-letters/${id}`, { data: 1 })).status).toBe(404);
    expect((await t.store.get('/events/e-1')).status).toBe(200);
    expect(t.store.logLines).toContainEqual(
      expect.objectContaining({ deadLetterId: id, reason: 'a test order' }),
    );
  });

  it('go with the subject that is erased', async () => {
    await t.observe(once);
    await giveUp('e-1');
    await t.change('PATCH', `/dead-letters/${await firstId()}`, { data: { amount: 2 } });

    await t.store.post('/event-store/erase', { subject: 'same' });

    await eventually(async () => {
      expect((await t.deadLetters()).filter(({ event }) => event.id === 'e-1')).toEqual([]);
    });
    expect((await t.deliveries())[0]).toMatchObject({ event: { id: 'e-1' }, error: null });
  });

  it('are made at once of events whose transform fails, which is no fault of the receiver', async () => {
    await t.observe({ transform: '$error("no user")', breaker: { failures: 1 } });
    await t.publish('e-1');

    await eventually(async () => {
      expect(await t.deadLetters()).toMatchObject([{ attempts: 1, error: expect.any(String) as string }]);
    });
    expect(t.receiver.requests).toEqual([]);
    expect(await t.observer()).toMatchObject({ breaker: { state: 'closed' } });
  });
});
