import { batchMediaType, eventMediaType } from '@fanfare/cloudevents';
import type { TestResponse } from '@fanfare/service-kit/testing';
import { hostEventStore, readRecord, type EventStoreForTest } from './host-event-store';

type Attribute = readonly [name: string, ofCloudEvent: string];

/** What is kept in columns and keys, and sent on in headers, as JSON names it and as CloudEvents do. */
const attributes: readonly Attribute[] = [
  ['type', 'type'],
  ['source', 'source'],
  ['subject', 'subject'],
  ['correlation_id', 'correlationid'],
  ['causation_id', 'causationid'],
];

interface ProblemJson {
  readonly errors?: readonly { readonly field: string }[];
}

type Post = (
  service: EventStoreForTest,
  attribute: Attribute,
  text: string,
) => Promise<{ readonly status: number; readonly errors: ProblemJson['errors'] }>;

const own = ([name]: Attribute, text: string) => ({ id: 'e-1', type: 'custom', data: 1, [name]: text });
const cloudEvent = ([, name]: Attribute, text: string) => ({
  specversion: '1.0',
  id: 'e-1',
  source: '/a',
  type: 'custom',
  [name]: text,
});
const asHeaders = (event: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(event).map(([name, value]) => [`ce-${name}`, value]));

const answered = ({ status, body }: TestResponse) => ({ status, errors: (body as ProblemJson).errors });
const answeredFirst = ({ body }: TestResponse) => {
  const [result] = (body as { readonly results: readonly { status: number; problem?: ProblemJson }[] })
    .results;
  return { status: result?.status ?? 0, errors: result?.problem?.errors };
};

const ways: readonly (readonly [string, Post])[] = [
  ['as JSON', async (to, ...given) => answered(await to.post('/events', own(...given)))],
  ['as a list of JSON', async (to, ...given) => answeredFirst(await to.post('/events', [own(...given)]))],
  [
    'as a structured CloudEvent',
    async (to, ...given) =>
      answered(await to.post('/events', cloudEvent(...given), { 'content-type': eventMediaType })),
  ],
  [
    'as a batch of CloudEvents',
    async (to, ...given) =>
      answeredFirst(await to.post('/events', [cloudEvent(...given)], { 'content-type': batchMediaType })),
  ],
  [
    'as a binary CloudEvent',
    async (to, ...given) => answered(await to.post('/events', 1, asHeaders(cloudEvent(...given)))),
  ],
  [
    'to an aggregate',
    async (to, ...given) =>
      answered(
        await to.post('/events/publish', { ...own(...given), aggregate_id: 'a', aggregate_type: 'custom' }),
      ),
  ],
];

describe.each(ways)('an event that is sent %s', (_way, post) => {
  it.each(attributes)('may have a %s of 255 characters, and not of one more', async (name, ofCloudEvent) => {
    await using service = await hostEventStore();
    const attribute = [name, ofCloudEvent] as const;

    const refused = await post(service, attribute, 'x'.repeat(256));
    const head = await service.log.head();
    const taken = await post(service, attribute, 'x'.repeat(255));

    expect(refused.status).toBe(400);
    expect(attribute).toContain(refused.errors?.map(({ field }) => field).join());
    expect(head).toBe(0);
    expect(taken.status).toBeLessThan(300);
    expect((await readRecord(service, 'e-1'))[name]).toBe('x'.repeat(255));
  });
});

describe('links that stand in the metadata of an event', () => {
  it.each(['correlation_id', 'causation_id'])(
    'are taken for its %s, and may be as long as that',
    async (name) => {
      await using service = await hostEventStore();
      const event = { id: 'e-1', type: 'custom', data: 1 };

      for (const text of ['x'.repeat(256), 'a\nb']) {
        const { status, body } = await service.post('/events', { ...event, metadata: { [name]: text } });
        expect({ status, body }).toMatchObject({
          status: 400,
          body: { errors: [{ field: `metadata.${name}` }] },
        });
      }
      const taken = await service.post('/events', { ...event, metadata: { [name]: 'x'.repeat(255) } });

      expect(taken.status).toBe(202);
      expect((await readRecord(service, 'e-1'))[name]).toBe('x'.repeat(255));
    },
  );
});
