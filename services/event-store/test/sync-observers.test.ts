import type { CloudEvent } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { openDelivering, type Delivering } from './support/delivering';

describe('observers that publishers wait for', () => {
  let t: Delivering;

  beforeEach(async () => {
    t = await openDelivering();
  });
  afterEach(() => t[Symbol.asyncDispose]());

  it('are called before the publish answers, which tells what they said', async () => {
    await t.observe({ async: false });
    await t.observe({ id: 'not-concerned', async: false, event_types: ['order.*'] });
    await t.observe({ id: 'not-waited-for' });

    const { status, body } = await t.publish('e-1');

    expect(status).toBe(202);
    expect(body).toMatchObject({ id: 'e-1', position: 1, results: [{ observer_id: 'billing', ok: true }] });
    expect(t.receiver.ids()).toContain('e-1');
  });

  it('undo nothing when they fail, and then get the event again like any other', async () => {
    t.receiver.answer(() => (t.receiver.requests.length === 1 ? 503 : 204));
    await t.observe({ async: false, retry: { delay_ms: 1 } });

    expect((await t.publish('e-1')).body).toMatchObject({
      results: [{ observer_id: 'billing', ok: false, error: 'answered 503' }],
    });

    expect((await t.store.get('/events/e-1')).status).toBe(200);
    await t.received('e-1', 'e-1');
  });

  it('are waited for no longer than their time', async () => {
    t.receiver.answer(() => 'hang');
    await t.observe({ async: false, timeout_ms: 50 });

    expect((await t.publish('e-1')).body).toMatchObject({
      results: [
        { observer_id: 'billing', ok: false, error: expect.stringContaining('within 50 ms') as string },
      ],
    });
  });

  it('are not waited for while their circuit breaker is open', async () => {
    t.receiver.answer(() => 503);
    await t.observe({ async: false, breaker: { failures: 1 } });
    await t.publish('e-1');
    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ blocked_reason: 'breaker_open' });
    });

    expect((await t.publish('e-2')).body).toMatchObject({
      results: [{ observer_id: 'billing', ok: false, error: 'its circuit breaker is open' }],
    });
  });

  it('leave the answer as it is when there are none', async () => {
    await t.observe();

    expect((await t.publish('e-1')).body).not.toHaveProperty('results');
  });
});

describe('observers in the process of the service', () => {
  it('are called with the events that they ask for, and publishers wait for those that are not async', async () => {
    const seen: CloudEvent[] = [];
    const counting = {
      observerId: 'counting',
      eventTypes: ['user.*'],
      isAsync: false,
      onEvent: (event: CloudEvent) => void seen.push(event),
    };
    await using t = await openDelivering({}, { localObservers: [counting] });
    await eventually(async () => {
      expect(await t.observer('counting')).toMatchObject({ id: 'counting' });
    });

    const { body } = await t.publish('e-1');
    await t.publish('e-2', { type: 'order.created' });

    expect(body).toMatchObject({ results: [{ observer_id: 'counting', ok: true }] });
    expect(seen).toMatchObject([
      { id: 'e-1', type: 'com.fanfare.user.created.v1', position: '1', attempt: 1 },
    ]);
  });

  it('that throw are tried again, and undo nothing', async () => {
    let calls = 0;
    const failing = {
      observerId: 'failing',
      eventTypes: ['*'],
      isAsync: false,
      onEvent: () => {
        calls += 1;
        throw new Error('no room');
      },
    };
    await using t = await openDelivering({}, { localObservers: [failing] });
    await eventually(async () => {
      expect((await t.change('PATCH', '/observers/failing', { retry: { delay_ms: 1 } })).status).toBe(200);
    });

    expect((await t.publish('e-1')).body).toMatchObject({
      results: [{ observer_id: 'failing', ok: false, error: 'no room' }],
    });

    await eventually(async () => {
      expect(await t.deadLetters()).toMatchObject([
        { observer_id: 'failing', attempts: 3, error: 'no room' },
      ]);
    });
    expect(calls).toBe(3);
  });
});
