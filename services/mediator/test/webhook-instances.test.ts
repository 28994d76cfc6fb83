import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { createBarrier, openEndpoint, type Endpoint } from './open-endpoint';

describeOnEveryDatabase('instances that post to the same colleagues', (_, underTest) => {
  let endpoint: Endpoint;
  let settings: { readonly DATABASE_URL: string };
  let hosted: MediatorForTest[];

  beforeEach(async () => {
    endpoint = await openEndpoint();
    settings = { DATABASE_URL: await underTest.createUrl() };
    hosted = [];
  });
  afterEach(async () => {
    await Promise.all(hosted.map((service) => service.stop()));
    await endpoint[Symbol.asyncDispose]();
  });

  async function host(...more: readonly [object?, Parameters<typeof hostMediator>[1]?]) {
    const [env = {}, options] = more;
    const service = await hostMediator({ ...settings, ...env }, options);
    hosted.push(service);
    return service;
  }

  const called = (parts: object = {}) => ({ id: 'b', name: 'b', endpoint: endpoint.url, ...parts });
  const send = (service: MediatorForTest, id: string, parts: object = {}) =>
    service.post('/mediators/m/messages', { id, sender_id: 'a', recipient_id: 'b', message: id, ...parts });
  const becomes = (service: MediatorForTest, id: string, receipt: object) =>
    eventually(async () => {
      expect((await service.get(`/mediators/m/messages/${id}`)).body).toMatchObject({ receipts: [receipt] });
    });

  it('post each message once, and those of one sender in order', async () => {
    const senders = ['s0', 's1', 's2', 's3'];
    const one = await host();
    const other = await host();
    await one.begin({ name: 'm' }, ...senders, called());

    for (let index = 0; index < 20; index += 1) {
      const sending = senders.map((sender, at) =>
        send((index + at) % 2 === 0 ? one : other, `${sender}-${index}`, {
          sender_id: sender,
          message: index,
        }),
      );
      await Promise.all(sending);
    }

    await eventually(async () => {
      const { body } = await one.get('/mediators/m/messages?status=pending');
      expect(body).toMatchObject({ messages: [] });
    });
    expect(endpoint.ids()).toHaveLength(80);
    for (const sender of senders) {
      const got = endpoint.posted.filter(({ headers }) => headers['ce-senderid'] === sender);
      expect(got.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, (_unused, index) => index));
    }
  });

  it('find what was accepted before they were started', async () => {
    endpoint.answer(() => 503);
    const before = await host();
    await before.begin({ name: 'm' }, 'a', called());
    await send(before, 'm-1', { retry: { max_attempts: 1_000, delay_ms: 20, factor: 1 } });
    await send(before, 'm-2');
    await eventually(() => {
      expect(endpoint.ids()).toContain('m-1');
    });
    await before.stop();
    endpoint.answer(() => 204);

    const after = await host();

    for (const id of ['m-1', 'm-2']) await becomes(after, id, { status: 'acked' });
  });

  it('finish what is under way when they stop, and it is not posted again', async () => {
    const barrier = createBarrier();
    endpoint.answer(async () => {
      await barrier.wait();
      return 204;
    });
    const stopping = await host();
    await stopping.begin({ name: 'm' }, 'a', called());
    await send(stopping, 'm-1');
    await eventually(() => {
      expect(endpoint.open).toBe(1);
    });

    const stopped = stopping.stop();
    barrier.lift();
    await stopped;

    await becomes(await host(), 'm-1', { status: 'acked', attempts: 1 });
    expect(endpoint.ids()).toEqual(['m-1']);
  });

  it('give back at once what does not end when they stop', async () => {
    endpoint.answer(({ headers }) => (headers['ce-attempt'] === '1' ? new Promise(() => undefined) : 204));
    const stopping = await host();
    await stopping.begin({ name: 'm' }, 'a', called());
    await send(stopping, 'm-1', { retry: { max_attempts: 1 } });
    await eventually(() => {
      expect(endpoint.open).toBe(1);
    });
    await stopping.stop();

    await becomes(await host(), 'm-1', { status: 'acked', attempts: 2 });
    expect(endpoint.ids()).toEqual(['m-1', 'm-1']);
  });

  it('post what another had in hand when it died, after a while, under the same id', async () => {
    const barrier = createBarrier();
    endpoint.answer(async ({ headers }) => {
      if (headers['ce-attempt'] === '1') await barrier.wait();
      return 204;
    });
    const dead = await host({}, { clock: createVirtualClock() });
    await dead.begin({ name: 'm' }, 'a', called());
    await send(dead, 'm-1', { retry: { max_attempts: 1 } });
    await eventually(() => {
      expect(endpoint.open).toBe(1);
    });

    const clock = createVirtualClock();
    const other = await host({}, { clock });
    await clock.advance(9_000);
    expect(endpoint.ids()).toEqual(['m-1']);
    await eventually(async () => {
      await clock.advance(1_000);
      expect(endpoint.ids()).toEqual(['m-1', 'm-1']);
    });

    await becomes(other, 'm-1', { status: 'acked', attempts: 2 });
    barrier.lift();
  });

  it('hold on to what takes long, so that it is posted once', async () => {
    const barrier = createBarrier();
    endpoint.answer(async () => {
      await barrier.wait();
      return 204;
    });
    const clock = createVirtualClock();
    const [one] = [await host({}, { clock }), await host({}, { clock })];
    await one.begin({ name: 'm' }, 'a', called());
    await send(one, 'm-1');
    await eventually(() => {
      expect(endpoint.open).toBe(1);
    });

    for (let seconds = 1; seconds < 25; seconds += 1) {
      await clock.advance(1_000);
      await eventually(async () => {
        const { rows } = await sql<{ free: number }>`select available_at as free from receipts`.execute(
          one.database.queries,
        );
        expect(Number(rows[0]?.free) - clock.now().getTime()).toBeGreaterThan(5_000);
      });
    }

    barrier.lift();
    await becomes(one, 'm-1', { status: 'acked', attempts: 1 });
    expect(endpoint.ids()).toEqual(['m-1']);
  });

  it('have together no more in hand than its concurrency', async () => {
    const barrier = createBarrier();
    endpoint.answer(async () => {
      await barrier.wait();
      return 204;
    });
    await using quick = await openEndpoint();
    const [one, other] = [await host(), await host()];
    await one.begin({ name: 'm', kind: 'command' }, 'a', called({ concurrency: 3 }));
    await one.post('/mediators/m/colleagues', { id: 'c', name: 'c', endpoint: quick.url });
    const command = (id: string) => send(one, id, { message: { type: 'work' } });
    const sent = ['c-1', 'c-2', 'c-3', 'c-4'].map(command);
    await eventually(() => {
      expect(endpoint.open).toBe(3);
    });

    for (const id of ['c-5', 'c-6']) {
      await send(other, id, { message: { type: 'work' }, wait_ms: 0 });
      await send(other, `${id}-quick`, { message: { type: 'work' }, recipient_id: 'c' });
    }
    expect(quick.ids()).toEqual(['c-5-quick', 'c-6-quick']);
    expect(endpoint.open).toBe(3);
    barrier.lift();

    for (const answer of await Promise.all(sent)) expect(answer.body).toMatchObject({ status: 'completed' });
    await eventually(() => {
      expect([...endpoint.ids()].sort()).toEqual(['c-1', 'c-2', 'c-3', 'c-4', 'c-5', 'c-6']);
    });
    expect(endpoint.mostOpen).toBe(3);
  });

  it('keep out of their own network where that was allowed when the colleague was registered', async () => {
    const allowing = await host({ WEBHOOK_ALLOW_PRIVATE: 'true' });
    await allowing.begin({ name: 'm' }, 'a', called());
    await allowing.stop();

    const careful = await host({ WEBHOOK_ALLOW_PRIVATE: 'false' });
    await send(careful, 'm-1', { retry: { max_attempts: 1 } });

    const error = { code: 'undelivered', message: expect.stringContaining('is no public address') as string };
    await becomes(careful, 'm-1', { status: 'dead', error });
    expect(endpoint.posted).toEqual([]);
  });
});
