import { createVerifier } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { api, ask, get, post, takeIn } from './support/event-store';
import { send } from './support/http';
import { uniqueId } from './support/orders';
import { expectProblem } from './support/problem';
import { openWebHook } from './support/web-hook';

interface Delivery {
  readonly event: { readonly id: string; readonly position: number } | null;
  readonly status: string;
  readonly status_code: number | null;
  readonly attempt: number;
}

interface Letter {
  readonly id: string;
  readonly observer_id: string;
  readonly event: { readonly id: string };
}

/** An observer that nobody else knows, removed again afterwards. */
async function observe(parts: object = {}) {
  const id = uniqueId('observer');
  const type = `thing.${id}`;
  await post('/observers', { id, event_types: [type], ...parts }, 201);
  return {
    id,
    type,
    path: `/observers/${id}`,
    happen: (more: object = {}) => takeIn({ type, data: { n: 1 }, ...more }),
    read: () => get(`/observers/${id}`),
    deliveries: async () =>
      ((await get(`/observers/${id}/deliveries`)) as { deliveries: Delivery[] }).deliveries,
    letters: async () =>
      ((await get(`/observers/${id}/dead-letters`)) as { dead_letters: Letter[] }).dead_letters,
    [Symbol.asyncDispose]: async () => {
      await send(`${api}/observers/${id}`, { method: 'DELETE' });
    },
  };
}

describe('observers', () => {
  it('are made, listed, changed and removed', async () => {
    const id = uniqueId('observer');
    const asked = { id, event_types: ['payment.created', 'payment.updated'], async: true };

    const { headers, body } = await ask('POST', '/observers', 201, { body: asked });
    expect(headers.get('location')).toBe(`/api/v1/observers/${id}`);
    expect(body).toMatchObject({ ...asked, enabled: true, endpoint: null });
    expect(await post('/observers', asked, 200)).toMatchObject(asked);
    const other = { ...asked, event_types: ['*'] };
    expectProblem(await send(`${api}/observers`, { method: 'POST', body: other }), 409);

    await ask('PUT', `/observers/${id}`, 200, { body: { event_types: ['order.*'] } });
    await ask('PATCH', `/observers/${id}`, 200, { body: { enabled: false } });
    expect(await get(`/observers/${id}`)).toMatchObject({
      event_types: ['order.*'],
      enabled: false,
      blocked_reason: 'disabled',
    });
    const { observers } = (await get('/observers?limit=1000')) as { observers: { id: string }[] };
    expect(observers.map((observer) => observer.id)).toContain(id);

    await ask('DELETE', `/observers/${id}`, 204);
    expectProblem(await send(`${api}/observers/${id}`), 404);
  });

  it('subscribe to types and give them up', async () => {
    await using observer = await observe();
    const subscription = { observer_id: observer.id, event_type: 'user.*' };

    await post('/subscriptions', subscription, 201);
    await post('/subscriptions', subscription, 200);
    expect(await get(`/subscriptions?observer_id=${observer.id}`)).toMatchObject({
      count: 2,
      event_types: expect.arrayContaining([observer.type, 'user.*']) as unknown,
    });
    const query = new URLSearchParams(subscription).toString();
    expect((await send(`${api}/subscriptions?${query}`, { method: 'DELETE' })).status).toBe(204);

    expect(await get(`/subscriptions?observer_id=${observer.id}`)).toMatchObject({ count: 1 });
  });

  it('without an endpoint have a mailbox, which they empty', async () => {
    await using observer = await observe();
    const first = await observer.happen();
    const second = await observer.happen();

    const waiting = await observer.deliveries();
    expect(waiting.map(({ event, status }) => [event?.id, status])).toEqual([
      [first.id, 'pending'],
      [second.id, 'pending'],
    ]);
    await ask('POST', `${observer.path}/deliveries/ack`, 204, { body: { position: first.position } });

    expect((await observer.deliveries()).map(({ event }) => event?.id)).toEqual([second.id]);
  });

  it('have events posted to them: signed, filtered, transformed, in order', async () => {
    await using hook = await openWebHook();
    const secret = `whsec_${Buffer.alloc(24, 'x').toString('base64')}`;
    const parts = {
      endpoint: hook.url,
      secret,
      filter: { sql: 'wanted = TRUE' },
      transform: '{ "n": data.n }',
    };
    await using observer = await observe(parts);

    const posted: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      await observer.happen({ data: { n, wanted: false } });
      const event = { specversion: '1.0', id: uniqueId('event'), source: '/e2e', type: observer.type };
      const body = JSON.stringify({ ...event, subject: observer.id, wanted: true, data: { n, secret: 'x' } });
      await ask('POST', '/events', 202, {
        headers: { 'content-type': 'application/cloudevents+json' },
        body,
      });
      posted.push(event.id);
    }

    await eventually(() => {
      expect(hook.ids()).toEqual(posted);
    });
    expect(hook.delivered.map(({ body }) => body)).toEqual(posted.map((_, n) => JSON.stringify({ n })));
    const verifier = createVerifier({ secrets: [secret] });
    for (const { headers, body } of hook.delivered) {
      expect(verifier.verify(headers, body)).toMatchObject({ ok: true });
      expect(headers).toMatchObject({ 'ce-attempt': '1', 'ce-subject': observer.id });
    }
    await eventually(async () => {
      expect(await observer.read()).toMatchObject({ lag: 0, dead_letters: 0, blocked_reason: null });
    });
    expect(await observer.deliveries()).toHaveLength(5);
  });

  it('are tried with a sample, and told again what lies behind', async () => {
    await using hook = await openWebHook();
    await using observer = await observe({ endpoint: hook.url });
    const { id, position } = await observer.happen();
    await eventually(() => {
      expect(hook.ids()).toEqual([id]);
    });

    expect(await post(`${observer.path}/test`, undefined)).toMatchObject({
      status: 'delivered',
      status_code: 204,
    });
    await post(`${observer.path}/reset`, { position: position - 1 });

    await eventually(() => {
      expect(hook.ids().filter((delivered) => delivered === id)).toHaveLength(2);
    });
  });

  it('that are synchronous are called before the answer, which tells what they said', async () => {
    await using hook = await openWebHook();
    await using observer = await observe({ endpoint: hook.url, async: false });

    const { results } = await observer.happen();
    hook.answer(500);
    const refused = await observer.happen();

    expect(hook.ids()).toHaveLength(2);
    expect(results).toEqual([{ observer_id: observer.id, ok: true }]);
    expect(refused.results).toMatchObject([{ observer_id: observer.id, ok: false }]);
  });
});

describe('what cannot be delivered', () => {
  it('becomes a dead letter, which is mended, tried again, or removed', async () => {
    await using hook = await openWebHook();
    await using observer = await observe({
      endpoint: hook.url,
      retry: { max_attempts: 2, delay_ms: 10 },
      breaker: { failures: 100 },
    });
    hook.answer(400);
    const first = await observer.happen();
    const second = await observer.happen();
    const third = await observer.happen();
    const letters = await eventually(async () => {
      const found = await observer.letters();
      expect(found.map(({ event }) => event.id).sort()).toEqual([first.id, second.id, third.id].sort());
      return found;
    });
    const [one, two, three] = letters;
    expect(await get(`/dead-letters?observer_id=${observer.id}`)).toMatchObject({
      dead_letters: [{ observer_id: observer.id, attempts: 2 }, {}, {}],
    });
    expect(await get(`/dead-letters/${one?.id ?? ''}`)).toMatchObject({ id: one?.id });

    hook.answer(204);
    await ask('PATCH', `/dead-letters/${one?.id ?? ''}`, 200, { body: { data: { mended: true } } });
    await post(`/dead-letters/${one?.id ?? ''}/redrive`, undefined, 202);
    await ask('DELETE', `/dead-letters/${two?.id ?? ''}`, 204, { body: { reason: 'not wanted' } });
    await eventually(() => {
      expect(hook.delivered.at(-1)).toMatchObject({
        headers: { 'ce-id': one?.event.id },
        body: '{"mended":true}',
      });
    });
    await post(`${observer.path}/dead-letters/redrive`, {}, 202);

    await eventually(async () => {
      expect(hook.delivered.at(-1)?.headers['ce-id']).toBe(three?.event.id);
      expect(await observer.letters()).toEqual([]);
    });
  });

  it('opens the circuit breaker of its observer and of no other, until it is reset', async () => {
    await using broken = await openWebHook();
    await using sound = await openWebHook();
    const breaker = { failures: 2, open_ms: 600_000 };
    const retry = { max_attempts: 5, delay_ms: 10 };
    await using failing = await observe({ endpoint: broken.url, breaker, retry });
    await using other = await observe({ endpoint: sound.url, event_types: [failing.type], breaker, retry });
    broken.answer(500);
    const { id } = await failing.happen();

    await eventually(async () => {
      expect(await get('/circuit-breaker/status')).toMatchObject({
        observers: { [failing.id]: { state: 'open', timeout: 600_000 }, [other.id]: { state: 'closed' } },
      });
    });
    expect(await failing.read()).toMatchObject({ blocked_reason: 'breaker_open' });
    await eventually(() => {
      expect(sound.ids()).toEqual([id]);
    });
    broken.answer(204);
    await post('/circuit-breaker/reset', { observer_id: failing.id });

    await eventually(async () => {
      expect(await failing.read()).toMatchObject({
        blocked_reason: null,
        lag: 0,
        breaker: { state: 'closed' },
      });
    });
  });

  it('is refused from the start where the observer could not be served', async () => {
    const wrong = [
      { event_types: [] },
      { event_types: ['a'], endpoint: 'ftp://host/' },
      { event_types: ['a'], endpoint: 'http://user:password@host/' },
      { event_types: ['a'], filter: { sql: 'no sql' } },
      { event_types: ['a'], transform: '{' },
      { event_types: ['a'], unknown: 1 },
    ];
    for (const body of wrong) expectProblem(await send(`${api}/observers`, { method: 'POST', body }), 400);
    expectProblem(await send(`${api}/handshakes/${uniqueId('token')}`), 404);
  });
});
