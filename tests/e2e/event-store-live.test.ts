import { eventually } from '@fanfare/core/testing';
import { api, post, takeIn } from './support/event-store';
import { send } from './support/http';
import { uniqueId } from './support/orders';
import { expectProblem } from './support/problem';
import { eventStoreUrl } from './support/system';
import { openSocket, type SocketClient } from './support/web-socket';

const place = (query = '') => `${eventStoreUrl}/ws?user_id=u-1&client_id=${uniqueId('client')}${query}`;

/** The ids of the events that a client was told of. */
const told = ({ frames }: SocketClient, kind = 'event.published') =>
  frames
    .filter(({ type }) => type === kind)
    .map((frame) => frame['event_id'] ?? (frame['event'] as { id: string }).id);

describe('a WebSocket', () => {
  it('shows everything from now on to who asks for nothing', async () => {
    await using client = await openSocket(place());

    const { id } = await takeIn();

    await eventually(() => {
      expect(told(client)).toContain(id);
      expect(told(client, 'event.processed')).toContain(id);
    });
  });

  it('shows only what was subscribed to, answers each request, and resumes without loss or seam', async () => {
    const type = `thing.${uniqueId('type')}`;
    const happen = async () => (await takeIn({ type, data: {} })).id;
    const first = await takeIn({ type, data: {} });
    const missed = await happen();
    await using client = await openSocket(place());

    client.send({ type: 'subscribe', pattern: type, last_position: first.position, request_id: 'r-1' });
    await eventually(() => {
      expect(told(client)).toEqual([missed]);
    });
    const live = await happen();
    await takeIn();
    const last = await happen();

    await eventually(() => {
      expect(told(client)).toEqual([missed, live, last]);
    });
    expect(client.frames.find(({ request_id: id }) => id === 'r-1')).toMatchObject({ type: 'ok' });
    client.send({ type: 'ping', request_id: 'r-2' });
    client.send({ type: 'unsubscribe', pattern: type, request_id: 'r-3' });
    client.send({ type: 'nonsense', request_id: 'r-4' });
    client.send('no JSON');
    await eventually(() => {
      const answers = client.frames.filter(({ type }) => type === 'ok' || type === 'error');
      expect(answers.map(({ type, request_id: id }) => [type, id])).toEqual([
        ['ok', 'r-1'],
        ['ok', 'r-2'],
        ['ok', 'r-3'],
        ['error', 'r-4'],
        ['error', undefined],
      ]);
    });
  });

  it('may be subscribed by its address', async () => {
    const type = `thing.${uniqueId('type')}`;
    const first = await takeIn({ type, data: {} });
    const second = await takeIn({ type, data: {} });

    await using client = await openSocket(place(`&pattern=${type}&last_position=${first.position}`));

    await eventually(() => {
      expect(told(client)).toEqual([second.id]);
    });
  });

  it('tells what becomes of observers', async () => {
    await using client = await openSocket(place());
    const id = uniqueId('observer');
    const endpoint = 'http://127.0.0.1:9/nobody';
    const retry = { max_attempts: 1 };

    await post('/observers', { id, event_types: [`thing.${id}`], endpoint, retry }, 201);
    const failed = await takeIn({ type: `thing.${id}`, data: {} });
    await eventually(() => {
      expect(client.frames).toContainEqual(
        expect.objectContaining({ type: 'event.failed', event_id: failed.id, observer_id: id }),
      );
    });
    const seen = ['observer.subscribed'];
    const expectSeen = (kind: string) => {
      seen.push(kind);
      return eventually(() => {
        const own = client.frames.filter((frame) => frame['observer_id'] === id);
        const kinds = own.map(({ type }) => String(type)).filter((type) => type.startsWith('observer.'));
        expect(kinds).toEqual(seen);
      });
    };
    // one by one: another instance may tell of what follows soon as of one change
    await send(`${api}/observers/${id}`, { method: 'PATCH', body: { enabled: false } });
    await expectSeen('observer.disabled');
    await send(`${api}/observers/${id}`, { method: 'PATCH', body: { enabled: true } });
    await expectSeen('observer.enabled');
    await send(`${api}/observers/${id}`, { method: 'DELETE' });
    await expectSeen('observer.unsubscribed');
  });

  it('is all that its address is for: a plain request is refused', async () => {
    expectProblem(await send(place()), 426);
  });
});
