import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openDelivering } from './support/delivering';

const required = { handshake: 'required' };
const granted = (rate: string) => ({
  status: 200,
  headers: { 'webhook-allowed-origin': 'events.example.com', 'webhook-allowed-rate': rate },
});
const env = { WEBHOOK_ORIGIN: 'events.example.com' };

describe('a receiver that is asked first', () => {
  it('is asked once, by our name, before its first event, which then names us', async () => {
    await using t = await openDelivering(env);
    t.receiver.answer(({ method }) => (method === 'OPTIONS' ? granted('*') : 204));
    await t.observe(required);
    await t.publish('e-1');
    await t.publish('e-2');
    await t.received('e-1', 'e-2');

    expect(t.receiver.requests.map(({ method }) => method)).toEqual(['OPTIONS', 'POST', 'POST']);
    for (const { headers } of t.receiver.requests) {
      expect(headers['webhook-request-origin']).toBe('events.example.com');
    }

    await t.change('PATCH', '/observers/billing', { description: 'asked already' });
    await t.publish('e-3');
    await t.received('e-1', 'e-2', 'e-3');
    expect(t.receiver.requests.filter(({ method }) => method === 'OPTIONS')).toHaveLength(1);
  });

  it('gets nothing as long as it does not permit it, and no attempt is spent', async () => {
    const clock = createVirtualClock();
    await using t = await openDelivering(env, { clock });
    t.receiver.answer(() => 200);
    await t.observe({ ...required, breaker: { failures: 1 } });
    await t.publish('e-1');
    await eventually(async () => {
      await clock.advance(1_000);
      expect(await t.observer()).toMatchObject({ blocked_reason: 'dependency', waiting: 0, cursor: 0 });
    });
    expect(t.receiver.ids()).toEqual([]);
    expect((await t.change('POST', '/observers/billing/test')).body).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('has not permitted') as string,
    });

    t.receiver.answer(({ method }) => (method === 'OPTIONS' ? granted('*') : 204));

    await eventually(async () => {
      await clock.advance(5_000);
      expect(t.receiver.ids()).toEqual(['e-1']);
    });
    await eventually(async () => {
      await clock.advance(1_000);
      expect(await t.observer()).toMatchObject({ blocked_reason: null, cursor: 1 });
    });
  });

  it('is sent no more in a minute than it grants', async () => {
    const clock = createVirtualClock();
    await using t = await openDelivering(env, { clock });
    t.receiver.answer(({ method }) => (method === 'OPTIONS' ? granted('60') : 204));
    await t.observe(required);
    await t.publishAll(['e-1', 'e-2', 'e-3']);
    await t.received('e-1');

    await clock.advance(999);
    expect(t.receiver.ids()).toEqual(['e-1']);
    await clock.advance(1);
    await t.received('e-1', 'e-2');
  });

  it('may permit it later, by the callback that it was told', async () => {
    await using t = await openDelivering({ ...env, PUBLIC_URL: 'https://events.example.com' });
    t.receiver.answer(({ method }) => (method === 'OPTIONS' ? 200 : 204));
    await t.observe(required);
    await t.publish('e-1');
    const callback = await eventually(() => {
      const url = t.receiver.requests[0]?.headers['webhook-request-callback'];
      expect(url).toMatch(/^https:\/\/events\.example\.com\/api\/v1\/handshakes\/[\w-]{32}$/);
      return new URL(String(url));
    });

    expect((await t.store.request('/api/v1/handshakes/guessed')).status).toBe(404);
    expect((await t.store.request(callback.pathname)).status).toBe(204);

    await t.received('e-1');
  });

  it('is asked again when its observer moves', async () => {
    await using t = await openDelivering(env);
    t.receiver.answer(({ method }) => (method === 'OPTIONS' ? granted('*') : 204));
    await t.observe(required);
    await t.publish('e-1');
    await t.received('e-1');

    await t.change('PATCH', '/observers/billing', { endpoint: `${t.receiver.url}/moved` });
    await t.publish('e-2');
    await t.received('e-1', 'e-2');

    expect(t.receiver.requests.filter(({ method }) => method === 'OPTIONS')).toHaveLength(2);
  });
});
