import { CloudEvent, HTTP, Mode, emitterFor, httpTransport } from 'cloudevents';
import { createClient } from '../client/create-client';
import type { CloudEvent as OurCloudEvent } from '../event/cloud-event';
import { useReceivers } from '../testing/use-receivers';

import { nack } from './handler';

const start = useReceivers();

const attributes = {
  id: 'e-1',
  source: '/orders',
  type: 'order.created',
  subject: 'o-1',
  time: '2026-01-01T00:00:00.000Z',
  correlationid: 'c-1',
};

const reply = { id: 'r-1', source: '/orders', type: 'order.status', data: { status: 'paid' } };

const payloads = [
  ['JSON', 'application/json', { total: 9.99, name: 'Zoë 😀' }],
  ['text', 'text/plain', 'hello'],
  ['bytes', 'application/octet-stream', new Uint8Array([0, 255, 1])],
] as const;

describe('the client of this package', () => {
  it('learns what became of each event of a batch, and reads replies', async () => {
    const { url } = await start(({ id, type }) => {
      if (type === 'order.query') return { ...reply, specversion: '1.0' };
      return id === 'b' ? nack(503, 'later', 2_000) : undefined;
    });
    const client = createClient(url);
    const event = { source: '/orders', type: 'order.created' };

    const { perEvent } = await client.sendBatch(['a', 'b'].map((id) => ({ ...event, id })));
    const answered = await client.request({ ...event, id: 'q-1', type: 'order.query' });
    await client.close();

    expect(perEvent).toMatchObject([
      { outcome: 'ack', status: 204 },
      { outcome: 'nack', status: 503, retryable: true, retryAfterMs: 2_000 },
    ]);
    expect(answered).toMatchObject({ result: { outcome: 'ack' }, reply: { ...reply, causationid: 'q-1' } });
  });
});

describe('the official SDK', () => {
  const modes = [Mode.BINARY, Mode.STRUCTURED];
  const cases = modes.flatMap((mode) => payloads.map(([what, ...rest]) => [what, mode, ...rest] as const));

  it.each(cases)('sends %s in %s mode, and the handler gets it', async (_, mode, datacontenttype, data) => {
    const events: OurCloudEvent[] = [];
    const { url } = await start((event) => void events.push(event));
    const emit = emitterFor(httpTransport(url), { mode });

    await emit(new CloudEvent<unknown>({ ...attributes, datacontenttype, data }));

    expect(events).toEqual([{ specversion: '1.0', ...attributes, datacontenttype, data }]);
  });

  it('sends a batch, and the handler gets each event', async () => {
    const events: OurCloudEvent[] = [];
    const { request } = await start((event) => void events.push(event));
    const sent = ['a', 'b'].map((id) => new CloudEvent({ ...attributes, id, data: { id } }));

    // it cannot encode batches itself, only decode them
    const { status } = await request({
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(sent),
    });

    expect(status).toBe(200);
    expect(events).toMatchObject([
      { id: 'a', data: { id: 'a' } },
      { id: 'b', data: { id: 'b' } },
    ]);
  });

  it.each(modes)('reads the reply to what it sent in %s mode', async (mode) => {
    const { url } = await start((event) => ({ ...event, id: 'r-1', type: 'order.accepted' }));
    const request = mode === Mode.BINARY ? HTTP.binary : HTTP.structured;
    const { headers, body } = request(new CloudEvent({ ...attributes, data: { total: 5 } }));

    const response = await fetch(url, {
      method: 'POST',
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      body: String(body),
    });
    const reply = HTTP.toEvent({
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    });

    expect(reply).toMatchObject({
      id: 'r-1',
      type: 'order.accepted',
      causationid: 'e-1',
      correlationid: 'c-1',
      data: { total: 5 },
    });
  });
});
