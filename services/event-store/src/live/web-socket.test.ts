import { eventually } from '@fanfare/core/testing';
import { upTo, useLive } from './testing/use-live';

const { live, connect, publish } = useLive();

describe('the WebSocket', () => {
  it.each(['', '?user_id=u-1&client_id=c-1'])(
    'shows everything from now on to who comes with "%s"',
    async (query) => {
      await publish(3);
      const client = await connect(query);
      await publish(1, 'com.fanfare.user.created.v1', { user_id: 'u-1' });

      await eventually(() => {
        expect(client.frames).toMatchObject([
          {
            type: 'event.published',
            position: 4,
            event: { id: 'event-4', position: 4, type: 'user.created', data: { user_id: 'u-1' } },
          },
        ]);
      });
    },
  );

  it('resumes after last_position and goes over to what is new without a seam', async () => {
    await publish(700);
    const clients = await Promise.all([connect('?last_position=0'), connect('?last_position=690&pattern=*')]);

    for (let round = 0; round < 10; round += 1) await publish(7);

    await eventually(() => {
      expect(clients.map(({ positions }) => positions)).toEqual([upTo(770), upTo(770, 690)]);
    });
  });

  it('loses and doubles nothing over 20 cuts', async () => {
    const seen: number[] = [];
    const resume = () => connect(`?last_position=${seen.at(-1) ?? 0}`);
    for (let cut = 0; cut < 20; cut += 1) {
      const client = await resume();
      await publish(11);
      await eventually(() => {
        expect(client.positions.length).toBeGreaterThan(5);
      });
      client.socket.terminate();
      seen.push(...client.positions);
    }

    const client = await resume();
    await eventually(() => {
      expect([...seen, ...client.positions]).toEqual(upTo(220));
    });
  });

  it('answers a subscription before it sends what it resumes, and sends nothing else from then on', async () => {
    await publish(2, 'order.created');
    await publish(2, 'user.created');
    const client = await connect();

    client.send({ type: 'subscribe', pattern: 'user.*', last_position: 0, request_id: 7 });
    await client.ask({ type: 'ping' });
    await publish(1, 'order.created');
    await publish(1, 'user.created');

    await eventually(() => {
      expect(client.positions).toEqual([3, 4, 6]);
    });
    expect(client.frames[0]).toEqual({ type: 'ok', request_id: 7, pattern: 'user.*', position: 0 });
  });

  it('sends each event once to a client with several subscriptions, wherever they begin', async () => {
    await publish(5, 'order.created');
    await publish(5, 'user.created');
    const client = await connect('?pattern=user.*&last_position=7');
    await eventually(() => {
      expect(client.positions).toEqual([8, 9, 10]);
    });

    await client.ask({ type: 'subscribe', pattern: '*', last_position: 3 });
    await client.ask({ type: 'subscribe', pattern: 'order.*' });
    await publish(1, 'order.created');

    await eventually(() => {
      expect(client.positions).toEqual([8, 9, 10, 4, 5, 6, 7, 11]);
    });
  });

  it('filters by an expression over the event, and stops when it is unsubscribed', async () => {
    const client = await connect();
    await client.ask({ type: 'subscribe', pattern: 'user.*', sql: "id = 'event-2'", last_position: 0 });
    await publish(3, 'user.created');
    await eventually(() => {
      expect(client.positions).toEqual([2]);
    });

    expect(await client.ask({ type: 'unsubscribe', pattern: 'user.*' })).toMatchObject({ type: 'ok' });
    await publish(1, 'user.created');
    await client.ask({ type: 'subscribe', pattern: 'order.*' });
    await publish(1, 'order.created');

    await eventually(() => {
      expect(client.positions).toEqual([2, 5]);
    });
  });

  it.each<[string, unknown, object]>([
    ['no JSON', '{', { error: 'the frame is not JSON' }],
    ['no object', '7', { code: 'invalid' }],
    ['an unknown type', { type: 'shout', request_id: 'r' }, { request_id: 'r', code: 'invalid' }],
    [
      'an unknown field',
      { type: 'ping', extra: 1 },
      { errors: [{ field: 'extra', message: expect.any(String) as string }] },
    ],
    ['no pattern', { type: 'subscribe' }, { errors: [{ field: 'pattern', message: 'is required' }] }],
    ['a bad pattern', { type: 'subscribe', pattern: 'a*b' }, { code: 'invalid' }],
    ['a bad expression', { type: 'subscribe', pattern: '*', sql: '(' }, { code: 'invalid' }],
    [
      'a bad position',
      { type: 'subscribe', pattern: '*', last_position: -1 },
      { errors: [{ field: 'last_position' }] },
    ],
    ['an end to what never began', { type: 'unsubscribe', pattern: '*' }, { code: 'not-found' }],
  ])('answers a frame with %s with an error and goes on', async (_, frame, expected) => {
    const client = await connect();

    client.send(frame);

    await eventually(() => {
      expect(client.frames).toMatchObject([
        { type: 'error', error: expect.any(String) as string, ...expected },
      ]);
    });
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
  });

  it('gives a client no more than 100 subscriptions', async () => {
    const client = await connect();
    for (let index = 0; index < 100; index += 1) client.send({ type: 'subscribe', pattern: `test.${index}` });

    expect(await client.ask({ type: 'subscribe', pattern: 'test.0' })).toMatchObject({ type: 'ok' });
    expect(await client.ask({ type: 'subscribe', pattern: 'more' })).toMatchObject({
      type: 'error',
      code: 'too-many-subscriptions',
    });
  });

  it('tells of what became of an event after the event itself, and only who follows it', async () => {
    const [all, users] = await Promise.all([connect('?last_position=0'), connect('?pattern=user.*')]);
    const failed = {
      type: 'event.failed',
      position: 1,
      event_id: 'event-1',
      observer_id: 'o-1',
      reason: 'away',
      attempt: 1,
    } as const;
    const processed = {
      type: 'event.processed',
      position: 1,
      event_id: 'event-1',
      observers: ['o-1'],
    } as const;
    const enabled = { type: 'observer.enabled', observer_id: 'o-1' } as const;

    await publish(1, 'order.created');
    for (const signal of [failed, processed, enabled]) live().signals.emit(signal);

    await eventually(() => {
      expect(all.frames).toMatchObject([{ type: 'event.published' }, failed, processed, enabled]);
    });
    expect(users.frames).toEqual([enabled]);
  });

  it('keeps no more than 10,000 signals that nobody can be told of yet', async () => {
    const client = await connect();
    const told = () => client.frames.filter(({ type }) => type === 'observer.enabled').length;

    for (let count = 0; count < 10_500; count += 1) {
      live().signals.emit({ type: 'observer.enabled', observer_id: 'o-1' });
    }
    await eventually(() => {
      expect(told()).toBe(10_000);
    });
    live().signals.emit({ type: 'observer.enabled', observer_id: 'o-1' });

    await eventually(() => {
      expect(told()).toBe(10_001);
    });
  });
});
