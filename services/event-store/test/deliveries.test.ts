import { createVerifier } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { openDelivering, type Delivering } from './support/delivering';
import { openReceiver } from './support/open-receiver';

const newSecret = `whsec_${Buffer.alloc(24, 'n').toString('base64')}`;
const oldSecret = `whsec_${Buffer.alloc(24, 'o').toString('base64')}`;

describe('deliveries to observers', () => {
  let t: Delivering;

  beforeEach(async () => {
    t = await openDelivering();
  });
  afterEach(() => t[Symbol.asyncDispose]());

  it('come as CloudEvents in binary mode, with their position and the number of the attempt', async () => {
    await t.observe();
    await t.publish('e-1', { subject: 'Zoë', data: { user_id: 'u-1' } });
    await t.received('e-1');

    expect(t.receiver.requests[0]).toMatchObject({
      method: 'POST',
      headers: {
        'ce-id': 'e-1',
        'ce-type': 'com.fanfare.user.created.v1',
        'ce-subject': 'Zo%C3%AB',
        'ce-position': '1',
        'ce-attempt': '1',
        'ce-traceparent': expect.stringMatching(/^00-/) as string,
        'content-type': 'application/json',
      },
      body: '{"user_id":"u-1"}',
    });
  });

  it('are signed, by the new and the old secret while they are exchanged', async () => {
    await t.observe({ secret: [newSecret, oldSecret] });
    await t.publish('e.1');
    await t.received('e.1');

    const [request] = t.receiver.requests;
    for (const secret of [newSecret, oldSecret]) {
      const verifier = createVerifier({ secrets: [secret] });
      const { headers = {}, body = '' } = request ?? {};
      expect(verifier.verify(headers, body)).toMatchObject({ ok: true });
    }
    expect(request?.headers['webhook-id']).toBe('e%2E1');
  });

  it('carry what the transform makes of the event, which stays as it is in the log', async () => {
    await t.observe({ transform: '{ "who": data.user_id }' });
    await t.publish('e-1', { data: { user_id: 'u-1' } });
    await t.received('e-1');

    expect(t.receiver.requests[0]?.body).toBe('{"who":"u-1"}');
    expect((await t.store.get('/events/e-1')).body).toMatchObject({ data: { user_id: 'u-1' } });
  });

  it('reach an observer only of events that it asked for', async () => {
    await t.observe({ event_types: ['order.*'], filter: { sql: 'amount > 10' } });
    await t.publish('e-1');
    await t.publish('e-2', { type: 'order.created', data: { amount: 5 } });
    await t.publish('e-3', { type: 'order.created', data: { amount: 20 } });

    await t.received('e-3');
  });

  it('keep the order of the log', async () => {
    await t.observe({ start_from: 'beginning' });
    const ids = Array.from({ length: 120 }, (_, index) => `e-${index}`);
    await t.publishAll(ids);

    await t.received(...ids);
    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ cursor: 120, lag: 0, waiting: 0, dead_letters: 0 });
    });
  });

  it('come in batches where that is asked for, each event once and in order', async () => {
    await t.observe({ batch: { size: 4, wait_ms: 50 } });
    const ids = Array.from({ length: 10 }, (_, index) => `e-${index}`);
    await t.publishAll(ids);

    await t.received(...ids);
    expect(t.receiver.requests.map(({ events }) => events.length > 4)).not.toContain(true);
    expect(t.receiver.requests[0]?.headers['content-type']).toContain('application/cloudevents-batch+json');
  });

  it('of a batch that fails go out again, each event until it is taken', async () => {
    // only a full batch goes out by itself while this test lasts
    await t.observe({ batch: { size: 3, wait_ms: 60_000 }, retry: { delay_ms: 1 } });
    t.receiver.answer(() => (t.receiver.requests.length === 1 ? 503 : 204));
    await t.publishAll(['e-0', 'e-1', 'e-2'], { subject: 'same' });

    await t.received('e-0', 'e-1', 'e-2', 'e-0', 'e-1', 'e-2');
  });

  it('are held up by a hanging observer neither for publishers nor for other observers', async () => {
    const slow = await openReceiver();
    slow.answer(() => 'hang');
    await t.observe({ id: 'slow', endpoint: slow.url });
    await t.observe();

    expect((await t.publish('e-1')).status).toBe(202);
    expect((await t.publish('e-2')).status).toBe(202);
    await t.received('e-1', 'e-2');

    slow.release(204);
    await slow.close();
  });

  it('do not follow redirects', async () => {
    const elsewhere = await openReceiver();
    t.receiver.answer(() => ({ status: 307, headers: { location: elsewhere.url } }));
    await t.observe({ retry: { max_attempts: 1 } });
    await t.publish('e-1');

    await eventually(async () => {
      expect(await t.deadLetters()).toMatchObject([{ event: { id: 'e-1' }, error: 'answered 307' }]);
    });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('end for an observer that answers 410, and go on where they were when it is enabled again', async () => {
    t.receiver.answer(() => 410);
    await t.observe({ retry: { delay_ms: 1 } });
    await t.publish('e-1', { subject: 'same' });
    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ enabled: false, blocked_reason: 'disabled' });
    });
    await t.publish('e-2', { subject: 'same' });

    t.receiver.answer(() => 204);
    const before = t.receiver.ids();
    await t.change('PATCH', '/observers/billing', { enabled: true });

    await t.received(...before, 'e-1', 'e-2');
  });

  it('that wait go to the new endpoint of an observer that has moved', async () => {
    const moved = await openReceiver();
    t.receiver.answer(() => 503);
    await t.observe({ breaker: { failures: 1 } });
    const ids = Array.from({ length: 300 }, (_, index) => `e-${index}`);
    await t.publishAll(ids, { subject: 'same' });
    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ blocked_reason: 'breaker_open' });
    });
    await t.change('PATCH', '/observers/billing', { endpoint: moved.url });
    await t.change('POST', '/circuit-breaker/reset', { observer_id: 'billing' });

    await eventually(() => {
      expect(moved.ids()).toEqual(ids);
    });
    await moved.close();
  });

  it('are none to an observer that was removed, however many wait', async () => {
    await t.observe({ breaker: { failures: 1_000 }, retry: { delay_ms: 1, max_attempts: 1_000 } });
    t.receiver.answer(() => 503);
    for (let index = 0; index < 20; index += 1) await t.publish(`e-${index}`);

    expect((await t.change('DELETE', '/observers/billing')).status).toBe(204);
    const sent = t.receiver.requests.length;
    await t.publish('last');
    await t.observe({ id: 'other' });
    await t.publish('after');

    await eventually(() => {
      expect(t.receiver.ids().slice(sent)).toEqual(['after']);
    });
  });

  it('are listed with what became of each attempt', async () => {
    t.receiver.answer(() => (t.receiver.requests.length === 1 ? 503 : 200));
    await t.observe({ retry: { delay_ms: 1 } });
    await t.publish('e-1');

    await eventually(async () => {
      expect(await t.deliveries()).toMatchObject([
        { event: { id: 'e-1' }, status: 'failed', status_code: 503, attempt: 1, error: 'answered 503' },
        { event: { id: 'e-1' }, status: 'delivered', status_code: 200, attempt: 2, error: null },
      ]);
    });
    const { body } = await t.store.get('/observers/billing/deliveries?order=desc&limit=1');
    expect(body).toMatchObject({ deliveries: [{ attempt: 2 }], next_cursor: expect.any(String) as string });
  });

  it('begin again where the observer is reset to', async () => {
    await t.observe();
    for (const id of ['e-1', 'e-2', 'e-3']) await t.publish(id);
    await t.received('e-1', 'e-2', 'e-3');

    const answer = await t.change('POST', '/observers/billing/reset', { position: 1 });
    expect(answer).toMatchObject({ status: 200, body: { observer_id: 'billing', position: 1 } });
    await t.received('e-1', 'e-2', 'e-3', 'e-2', 'e-3');

    await t.change('POST', '/observers/billing/reset', { position: 'beginning' });
    await t.received('e-1', 'e-2', 'e-3', 'e-2', 'e-3', 'e-1', 'e-2', 'e-3');
    expect(await t.change('POST', '/observers/billing/reset', { position: 9 })).toMatchObject({
      status: 400,
    });
    expect(await t.change('POST', '/observers/nobody/reset', { position: 0 })).toMatchObject({ status: 404 });
  });

  it('can be tried with a sample, which is not in the log', async () => {
    await t.observe({ enabled: false });

    expect((await t.change('POST', '/observers/billing/test')).body).toMatchObject({
      status: 'delivered',
      status_code: 204,
      error: null,
    });
    t.receiver.answer(() => 500);
    expect((await t.change('POST', '/observers/billing/test')).body).toMatchObject({
      status: 'failed',
      status_code: 500,
    });

    expect(t.receiver.requests[0]?.events).toMatchObject([{ type: 'observer.test', subject: 'billing' }]);
    expect((await t.store.get('/events')).body).toMatchObject({ events: [] });
  });

  it('make an event processed once every enabled observer that wants it has it', async () => {
    const slow = await openReceiver();
    slow.answer(() => 'hang');
    await t.observe();
    await t.observe({ id: 'slow', endpoint: slow.url });
    await t.publish('e-1');
    await t.received('e-1');
    await eventually(() => {
      expect(slow.ids()).toEqual(['e-1']);
    });
    expect((await t.store.get('/events/e-1')).body).toMatchObject({ processed: false, processed_at: null });

    slow.release(204);

    await eventually(async () => {
      expect((await t.store.get('/events/e-1')).body).toMatchObject({
        processed: true,
        processed_at: expect.any(String) as string,
      });
    });
    await slow.close();
  });

  it('are counted: errors by type and observer, and times by type', async () => {
    t.receiver.answer(() => (t.receiver.requests.length === 1 ? 503 : 204));
    await t.observe({ retry: { delay_ms: 1 } });
    await t.publish('e-1');
    await t.publish('e-2');
    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ cursor: 2, waiting: 0 });
    });

    expect((await t.store.get('/metrics/errors')).body).toEqual({
      error_counts: { 'user.created': 1 },
      observers: { billing: 1 },
      total_errors: 1,
    });
    expect((await t.store.get('/metrics/processing-times')).body).toMatchObject({
      processing_times: { 'user.created': { count: 3 } },
    });
    const { body } = await t.store.request('/metrics');
    expect(body).toContain('deliveries_total{result="failed"} 1');
    expect(body).toContain('deliveries_total{result="delivered"} 2');
  });
});
