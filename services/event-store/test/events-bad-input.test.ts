import { batchMediaType, eventMediaType } from '@fanfare/cloudevents';
import { expectProblem } from '@fanfare/service-kit/testing';
import { api, hostEventStore, type EventStoreForTest } from './host-event-store';

/** JSON of so many lists in one another. */
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

const good = { type: 'custom', data: { a: 1 } };
const cloudEvent = { specversion: '1.0', id: 'event-1', source: '/a', type: 'custom', data: 1 };
const binary = { 'ce-specversion': '1.0', 'ce-id': 'event-1', 'ce-source': '/a', 'ce-type': 'custom' };
const asEvent = { 'content-type': eventMediaType };
const published = { ...good, aggregate_id: 'a', aggregate_type: 'custom' };
const appended = { aggregate_id: 'a', aggregate_type: 'custom', expected_version: 'any', events: [good] };

type Case = readonly [what: string, body: unknown, fields: readonly string[]];

describe('an event that is no good', () => {
  let service: EventStoreForTest;

  beforeAll(async () => {
    service = await hostEventStore();
  });

  afterAll(async () => {
    const head = await service.log.head();
    await service.stop();
    expect(head).toBe(0);
  });

  async function expectRefused(
    path: string,
    body: unknown,
    fields: readonly string[],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const problem = expectProblem(await service.post(path, body, headers), 400);
    expect(problem.type).toBe('/problems/invalid');
    expect([...new Set(problem.errors?.map(({ field }) => field))].toSorted()).toEqual(
      [...fields].toSorted(),
    );
  }

  it.each<Case>([
    ['nothing', {}, ['type', 'data']],
    ['without data', { type: 'custom' }, ['data']],
    ['a text', '"event"', ['body']],
    ['an unknown field', { ...good, version: 1 }, ['version']],
    ['an aggregate, which has its own way in', { ...good, aggregate_id: 'a' }, ['aggregate_id']],
    ['an empty type', { ...good, type: '' }, ['type']],
    ['a type that is no text', { ...good, type: 7 }, ['type']],
    ['a type with a line break', { ...good, type: 'a\nb' }, ['type']],
    ['a type that is too long', { ...good, type: 'x'.repeat(256) }, ['type']],
    ['a source that is no URI', { ...good, source: 'a b' }, ['source']],
    ['an empty subject', { ...good, subject: '' }, ['subject']],
    ['a time without an offset', { ...good, timestamp: '2026-01-31T12:00:00' }, ['timestamp']],
    ['a day that is none', { ...good, timestamp: '2026-02-30T12:00:00Z' }, ['timestamp']],
    ['metadata that is no object', { ...good, metadata: [] }, ['metadata']],
    ['an empty correlation', { ...good, correlation_id: '' }, ['correlation_id']],
    ...['', ' a', 'a/b', 'a?b', 'a#b', 'a%b', 'zoë', 'x'.repeat(256), 'range', 'publish', 7].map(
      (id): Case => [`the id ${JSON.stringify(id).slice(0, 12)}`, { ...good, id }, ['id']],
    ),
    [
      'much at once, in the data too',
      { type: 'payment.created', source: ' ', id: '/', more: 1, data: { amount: 'x', user_id: 1 } },
      ['source', 'id', 'more', 'data.amount', 'data.user_id'],
    ],
    ['a known type without an object', { type: 'user_created', data: 'me' }, ['data']],
    [
      'items that are wrong inside',
      { type: 'order.created', data: { items: [{ quantity: 1 }, { quantity: 1.5 }] } },
      ['data.items[1].quantity'],
    ],
  ])('is refused with every bad field: %s', (_what, body, fields) => expectRefused('/events', body, fields));

  it.each<Case>([
    ['a missing source', { ...cloudEvent, source: undefined }, ['source']],
    ['several attributes', { ...cloudEvent, specversion: '0.3', Upper: 1 }, ['specversion', 'Upper']],
    ['an id with a slash', { ...cloudEvent, id: 'a/b' }, ['id']],
    ['a long subject', { ...cloudEvent, subject: 'x'.repeat(256) }, ['subject']],
    ['bad data', { ...cloudEvent, type: 'com.fanfare.user.created.v1', data: { email: 1 } }, ['data.email']],
    ['no data where there should be', { ...cloudEvent, type: 'user.created', data: undefined }, ['data']],
    ['malformed JSON', '{', ['event']],
  ])('is refused as a CloudEvent: %s', (_what, body, fields) =>
    expectRefused('/events', body, fields, asEvent),
  );

  it.each<Case>([
    ['no aggregate', good, ['aggregate_id', 'aggregate_type']],
    [
      'a bad aggregate',
      { ...published, aggregate_id: 'a/b', aggregate_type: '' },
      ['aggregate_id', 'aggregate_type'],
    ],
    ['version -1', { ...published, version: -1 }, ['version']],
    ['version 1.5', { ...published, version: 1.5 }, ['version']],
    ['a version that is a text', { ...published, version: '1' }, ['version']],
    ['bad data too', { ...published, type: 'user.created', data: 1, version: -1 }, ['version', 'data']],
  ])('is not published: %s', (_what, body, fields) => expectRefused('/events/publish', body, fields));

  it.each<Case>([
    ['nothing', { appends: [] }, ['appends']],
    ['no events', { appends: [{ ...appended, events: [] }] }, ['appends[0].events']],
    [
      'no expectation',
      { appends: [{ ...appended, expected_version: undefined }] },
      ['appends[0].expected_version'],
    ],
    [
      'a bad expectation',
      { appends: [{ ...appended, expected_version: -1 }] },
      ['appends[0].expected_version'],
    ],
    [
      'one bad event among good ones',
      { appends: [appended, { ...appended, events: [good, { type: 'user.created', data: 1 }] }] },
      ['appends[1].events[1].data'],
    ],
    ['a bad check', { appends: [appended], checks: [{ aggregate_id: 'b' }] }, ['checks[0].expected_version']],
  ])('is not appended: %s', (_what, body, fields) => expectRefused('/events/append', body, fields));

  it('is refused when an append names an aggregate or an id twice', async () => {
    const sameId = {
      ...appended,
      events: [
        { id: 'e', ...good },
        { id: 'e', ...good },
      ],
    };

    expectProblem(await service.post('/events/append', { appends: [appended, appended] }), 400);
    expectProblem(await service.post('/events/append', { appends: [sameId] }), 400);
  });

  it.each([
    ['no JSON', '{"type":', {}],
    ['a field that would touch prototypes', '{"type":"custom","data":{"__proto__":{"a":1}}}', {}],
    [
      'data nested so deeply that nobody could write it again',
      `{"type":"custom","data":${nested(50_000)}}`,
      {},
    ],
    ['data nested beyond the limit', `{"type":"custom","data":${nested(501)}}`, {}],
    ['metadata nested so deeply', `{"type":"custom","data":1,"metadata":{"a":${nested(50_000)}}}`, {}],
    [
      'a CloudEvent nested so deeply',
      `${JSON.stringify(cloudEvent).slice(0, -2)}${nested(50_000)}}`,
      asEvent,
    ],
    ['a binary CloudEvent nested so deeply', nested(50_000), binary],
    ['a batch that is no list', '{}', { 'content-type': batchMediaType }],
    ['two bodies', '{}{}', {}],
    ['nothing', '', {}],
  ])('is refused as %s', async (_what, body, headers) => {
    expectProblem(await service.post('/events', body, headers), 400);
  });

  it('is refused as bytes that are no text', async () => {
    const response = await fetch(`${service.url}${api}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Uint8Array.of(0x22, 0xff, 0x22),
    });
    expect(response.status).toBe(400);
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['CloudEvents in Avro', { 'content-type': 'application/cloudevents+avro' }],
    ['a text', { 'content-type': 'text/plain' }],
    ['another encoding', { 'content-encoding': 'br' }],
  ])('is refused for its media type: %s', async (_what, headers) => {
    expectProblem(await service.post('/events', JSON.stringify(good), headers), 415);
  });

  it('is refused in binary mode with headers that are none', async () => {
    await expectRefused('/events', 1, ['source'], { ...binary, 'ce-source': 'a b' });
    await expectRefused('/events', 1, ['time'], { ...binary, 'ce-time': 'yesterday' });
  });
});
