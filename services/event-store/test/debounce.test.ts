import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { createLogInFile } from './log-in-file';
import { openDelivering, type Delivering } from './support/delivering';

const debounce = { key: 'customer', period_ms: 1_000 };
const of = (customer: string) => ({ data: { customer } });

const waiting = (t: Delivering, waiting: number, superseded: number) =>
  eventually(async () => {
    expect(await t.observer()).toMatchObject({ waiting, superseded, lag: 0 });
  });

describe('an observer that debounces', () => {
  it('gets the last of the events that follow each other soon, of each key, and is told how many it did not', async () => {
    const clock = createVirtualClock();
    await using t = await openDelivering({}, { clock });
    await t.observe({ debounce });

    await t.publishAll(['a-1', 'a-2'], of('a'));
    await t.publish('b-1', of('b'));
    await waiting(t, 2, 1);
    await clock.advance(600);
    await t.publish('a-3', of('a'));
    await waiting(t, 2, 2);
    await clock.advance(400);
    await t.received('b-1');
    await clock.advance(600);
    await t.received('b-1', 'a-3');

    await waiting(t, 0, 2);
    const { body } = await t.store.request('/metrics');
    expect(String(body)).toContain('deliveries_superseded_total 2');
    expect((await t.store.get('/events/a-1')).body).toMatchObject({ processed: true });
  });

  it('goes on after a restart with what it held back, and loses nothing', async () => {
    await using file = await createLogInFile();
    const clock = createVirtualClock();
    const early = await openDelivering(file.env, { clock });
    await early.observe({ debounce });
    await early.publishAll(['a-1', 'a-2'], of('a'));
    await early.publish('b-1', of('b'));
    await waiting(early, 2, 1);
    await early[Symbol.asyncDispose]();
    await using t = await openDelivering(file.env, { clock });
    await t.change('PATCH', '/observers/billing', { endpoint: t.receiver.url });

    await t.publish('a-3', of('a'));
    await waiting(t, 3, 1);
    await clock.advance(1_000);

    await eventually(() => {
      expect(t.receiver.ids().toSorted()).toEqual(['a-2', 'a-3', 'b-1']);
    });
  });

  it('has an event that fails tried again, and the next of its key behind it where they share a subject', async () => {
    await using t = await openDelivering();
    await t.observe({
      debounce: { period_ms: 10 },
      retry: { max_attempts: 50, delay_ms: 5, max_delay_ms: 5 },
    });
    t.receiver.answer(({ events }) => (events[0]?.id === 'a-1' ? 503 : 204));

    await t.publish('a-1', { subject: 's' });
    await eventually(() => {
      expect(t.receiver.ids().length).toBeGreaterThan(1);
    });
    await t.publish('a-2', { subject: 's' });
    await waiting(t, 2, 0);
    t.receiver.answer(() => 204);

    await waiting(t, 0, 0);
    expect(new Set(t.receiver.ids())).toEqual(new Set(['a-1', 'a-2']));
    expect(t.receiver.ids().at(-1)).toBe('a-2');
  });

  it('is told what is wrong with what it asks for', async () => {
    await using t = await openDelivering();
    const errorsOf = async (parts: object) =>
      expectProblem(await t.store.post('/observers', { event_types: ['*'], ...parts }), 400).errors;

    expect(await errorsOf({ debounce: { key: 'customer =', period_ms: 1 } })).toMatchObject([
      { field: 'debounce.key' },
    ]);
    expect(await errorsOf({ debounce: { period_ms: 0 } })).toMatchObject([{ field: 'debounce.period_ms' }]);
    expect(await errorsOf({ debounce: { period_ms: 100, max_wait_ms: 99 } })).toEqual([
      { field: 'debounce.max_wait_ms', message: 'must not be less than period_ms' },
    ]);
    expect(await errorsOf({ debounce, async: false })).toMatchObject([{ field: 'debounce' }]);
    expect(await errorsOf({ debounce, batch: {} })).toMatchObject([{ field: 'debounce' }]);
    const rate = { per_second: 1, per_key: 'customer' };
    expect(await errorsOf({ rate_limit: rate, batch: {} })).toMatchObject([{ field: 'rate_limit.per_key' }]);
    expect(await errorsOf({ rate_limit: { ...rate, per_key: 'f(' } })).toMatchObject([
      { field: 'rate_limit.per_key' },
    ]);
    await t.observe({ debounce, rate_limit: rate });
    expect(await t.observer()).toMatchObject({
      debounce: { ...debounce, max_wait_ms: null },
      rate_limit: rate,
    });
  });
});
