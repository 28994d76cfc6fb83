import { gzipSync } from 'node:zlib';
import { batchMediaType, eventMediaType } from '@fanfare/cloudevents';
import { catalogue, type CloudEvent } from '@fanfare/contracts';
import { readSamples } from '@fanfare/contracts/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { api, hostEventStore, listEvents, readRecord, type EventStoreForTest } from './host-event-store';
import { followStream } from './support/follow-stream';

const payment = {
  payment_id: 'payment123',
  user_id: 'user456',
  amount: 99.99,
  currency: 'USD',
  status: 'pending',
  gateway: 'stripe',
};

const deep = '['.repeat(50_000) + ']'.repeat(50_000);

const fullType = 'com.fanfare.payment.created.v1';

const cloudEvent = {
  specversion: '1.0',
  id: 'event-1',
  source: '/payments',
  type: fullType,
  subject: 'payment123',
  time: '2026-01-31T12:00:00.123456789Z',
  datacontenttype: 'application/json',
  data: payment,
};

describe('CloudEvents', () => {
  let service: EventStoreForTest;

  beforeEach(async () => {
    service = await hostEventStore();
  });

  afterEach(() => service.stop());

  const recorded = {
    id: 'event-1',
    type: 'payment.created',
    source: '/payments',
    subject: 'payment123',
    timestamp: cloudEvent.time,
    data: payment,
  };

  it('are taken in structured mode', async () => {
    const { status } = await service.post('/events', cloudEvent, { 'content-type': eventMediaType });

    expect(status).toBe(202);
    expect(await readRecord(service, 'event-1')).toMatchObject(recorded);
  });

  it.each([
    ['no JSON', 'none', { metadata: 'none' }],
    ['no object', '[1]', { metadata: [1] }],
    ['JSON that nobody could write again', `{"a":${deep}}`, { metadata: `{"a":${deep}}` }],
  ])('are shown to everybody though their own attribute metadata is %s', async (_what, text, metadata) => {
    const event = { ...cloudEvent, metadata: text };
    expect((await service.post('/events', event, { 'content-type': eventMediaType })).status).toBe(202);

    expect(await readRecord(service, 'event-1')).toMatchObject({ metadata });
    expect((await listEvents(service)).events).toMatchObject([{ metadata }]);
    const [streamed] = await followStream(service, 1, { query: '?from_position=0' });
    expect(JSON.parse(streamed?.data ?? '')).toMatchObject({ metadata });
  });

  it('are taken in binary mode', async () => {
    const { status } = await service.post('/events', payment, {
      'ce-specversion': '1.0',
      'ce-id': 'event-1',
      'ce-source': '/payments',
      'ce-type': fullType,
      'ce-subject': 'payment123',
      'ce-time': cloudEvent.time,
      'ce-own': 'gr%C3%BC%C3%9Fe',
    });

    expect(status).toBe(202);
    expect(await readRecord(service, 'event-1')).toMatchObject(recorded);
    const { body } = await service.get('/events/event-1', { accept: eventMediaType });
    expect(body).toMatchObject({ ...cloudEvent, own: 'grüße' });
  });

  it('are taken in batches, each answered in its order', async () => {
    const batch = [cloudEvent, { ...cloudEvent, id: 'event-2' }];

    const { status, body } = await service.post('/events', batch, { 'content-type': batchMediaType });

    expect({ status, body }).toEqual({
      status: 202,
      body: {
        results: [
          { id: 'event-1', status: 202, position: 1 },
          { id: 'event-2', status: 202, position: 2 },
        ],
      },
    });
  });

  it('are taken with gzip', async () => {
    const response = await fetch(`${service.url}${api}/events`, {
      method: 'POST',
      headers: { 'content-type': eventMediaType, 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(cloudEvent)),
    });

    expect(response.status).toBe(202);
    expect(await readRecord(service, 'event-1')).toMatchObject(recorded);
  });

  it('come back with their place in the log, and as they were sent', async () => {
    await service.post(
      '/events',
      { ...cloudEvent, own: true, number: 7 },
      { 'content-type': eventMediaType },
    );

    const one = await service.get('/events/event-1', { accept: eventMediaType });
    const list = await service.get('/events', { accept: batchMediaType });

    expect(one.headers['content-type']).toBe(`${eventMediaType}; charset=utf-8`);
    expect(one.body).toMatchObject({ ...cloudEvent, own: true, number: 7, position: '1' });
    expect(list.headers['content-type']).toBe(`${batchMediaType}; charset=utf-8`);
    expect(list.body).toEqual([one.body]);
  });

  it('keep their bytes', async () => {
    await fetch(`${service.url}${api}/events`, {
      method: 'POST',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'event-1',
        'ce-source': '/a',
        'ce-type': 'picture.taken',
        'content-type': 'image/png',
      },
      body: Uint8Array.of(0, 1, 254, 255),
    });

    expect(await readRecord(service, 'event-1')).toMatchObject({
      data: null,
      data_base64: 'AAH+/w==',
      datacontenttype: 'image/png',
    });
    const { body } = await service.get('/events/event-1', { accept: eventMediaType });
    expect(body).toMatchObject({ data_base64: 'AAH+/w==' });
  });

  it('of every type of the catalogue come back with the data that they were sent with', async () => {
    const samples = [...readSamples().values()] as CloudEvent[];
    const { body } = await service.post('/events', samples, { 'content-type': batchMediaType });
    expect(new Set((body as { results: { status: number }[] }).results.map(({ status }) => status))).toEqual(
      new Set([202]),
    );

    for (const sample of samples) {
      const record = await readRecord(service, sample.id);
      const [type] = /(?<=com\.fanfare\.).*(?=\.v\d+$)/.exec(sample.type) ?? [];
      expect(record).toMatchObject({ type, data: sample.data, timestamp: sample.time });
    }
    expect(samples.length).toBeGreaterThanOrEqual(catalogue.length);
  });

  it('that are sent again are recognised, though each request has its own trace', async () => {
    const { time, ...timeless } = cloudEvent;
    for (const event of [cloudEvent, { ...timeless, id: 'event-2' }]) {
      await service.post('/events', event, { 'content-type': eventMediaType });
      const again = await service.post('/events', event, { 'content-type': eventMediaType });
      expect(again.status).toBe(200);
    }
    const earlier = { ...cloudEvent, time: time.replace('2026', '2025') };
    const other = await service.post('/events', earlier, { 'content-type': eventMediaType });
    expect(expectProblem(other, 409).code).toBe('id-reused');
  });
});
