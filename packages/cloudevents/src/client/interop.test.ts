import { HTTP, type CloudEventV1, type Message } from 'cloudevents';
import { nack } from '../receiver/handler';
import { useReceivers } from '../testing/use-receivers';
import { useServers } from '../testing/use-servers';
import { createClient } from './create-client';
import { isAck } from './result';

const servers = useServers();
const event = {
  id: 'e-1',
  time: '2026-01-01T00:00:00.000Z',
  type: 'order.created',
  source: '/orders',
  subject: 'o-1',
  correlationid: 'c-1',
  data: { quantity: 2, note: 'für Zoë' },
};

/** A server that reads what it is sent with the official SDK. */
async function startSdk() {
  const received: CloudEventV1<unknown>[] = [];
  const url = await servers.answer(({ headers, body }) => {
    const message: Message = { headers, body: body.toString() };
    const events = HTTP.toEvent<unknown>(message);
    received.push(...(Array.isArray(events) ? events : [events]));
    return { status: 204 };
  });
  return { url, received };
}

describe('the official SDK as receiver', () => {
  it.each(['binary', 'structured'] as const)('understands what is sent in %s mode', async (mode) => {
    const { url, received } = await startSdk();

    const result = await servers.own(createClient(url, { mode })).send(event);

    expect(isAck(result)).toBe(true);
    expect(received).toMatchObject([{ ...event, specversion: '1.0', datacontenttype: 'application/json' }]);
  });

  it('understands what is sent in batch mode', async () => {
    const { url, received } = await startSdk();

    const { result } = await servers.own(createClient(url)).sendBatch([event, { ...event, id: 'e-2' }]);

    expect(isAck(result)).toBe(true);
    expect(received.map(({ id, data }) => ({ id, data }))).toEqual([
      { id: 'e-1', data: event.data },
      { id: 'e-2', data: event.data },
    ]);
  });
});

describe('the receiver of this package', () => {
  const startReceiver = useReceivers();

  it.each(['binary', 'structured'] as const)(
    'answers a request in %s mode with an event that names its cause',
    async (mode) => {
      const reply = { specversion: '1.0', id: 'r-1', type: 'order.status', source: '/status' } as const;
      const { url } = await startReceiver(() => reply);

      const answer = await servers.own(createClient(url, { mode })).request(event);

      expect(answer.result).toEqual({ outcome: 'ack', status: 200 });
      expect(answer.reply).toMatchObject({ ...reply, causationid: 'e-1', correlationid: 'c-1' });
    },
  );

  it('tells of each event of a compressed batch what became of it', async () => {
    const { url } = await startReceiver(({ id }) =>
      id === 'bad' ? nack(422, 'no such product') : undefined,
    );
    const client = servers.own(createClient(url, { gzipAboveBytes: 10 }));

    const { perEvent } = await client.sendBatch([event, { ...event, id: 'bad' }]);

    expect(perEvent).toMatchObject([
      { outcome: 'ack', status: 204 },
      { outcome: 'nack', status: 422, cause: { message: 'answered 422: no such product' } },
    ]);
  });

  it('tells why it refuses all', async () => {
    const { url } = await startReceiver(() => nack(429, 'slow down', 3_000));
    const client = servers.own(createClient(url));

    const { result, perEvent } = await client.sendBatch([event, event]);
    expect(perEvent).toEqual([result, result]);
    for (const refusal of [result, await client.send(event)]) {
      expect(refusal).toMatchObject({
        status: 429,
        retryAfterMs: 3_000,
        cause: { message: 'answered 429: slow down' },
      });
    }
  });
});
