import { createEvent, type CloudEvent } from '@fanfare/cloudevents';
import { openEventLog, type AppendRequest, type EventLog } from '@fanfare/storage';
import { createEventWriter, type EventWriter } from './event-writer';

const none = { maxEventDataBytes: 100, maxEvents: 0, maxAggregates: 0, maxAggregateEvents: 0 };

const event = (id: string, attributes: Partial<CloudEvent> = {}) =>
  createEvent({ id, type: 'test.happened', source: '/test', time: '2026-01-01T00:00:00Z', ...attributes });

function toStream(id: string, ...eventIds: string[]): AppendRequest {
  const events = eventIds.map((eventId) => event(eventId));
  return { appends: [{ stream: { id, type: 'custom' }, expected: 'any', events }] };
}

const toNone = (...events: CloudEvent[]): AppendRequest => ({
  appends: [{ stream: null, expected: 'any', events }],
});

describe('the writer of events', () => {
  let log: EventLog;

  beforeEach(async () => {
    log = await openEventLog('sqlite::memory:');
  });

  afterEach(() => log.close());

  function writer(limits: Partial<typeof none> = {}): EventWriter {
    return createEventWriter({
      log,
      limits: { ...none, ...limits },
      countAggregates: async () => {
        const { events } = await log.read({ limit: 100 });
        return events.filter(({ version }) => version === 0).length;
      },
    });
  }

  it.each([
    ['JSON', event('e', { data: 'x'.repeat(98) }), event('f', { data: 'x'.repeat(99) })],
    [
      'text',
      event('e', { datacontenttype: 'text/plain', data: 'ü'.repeat(50) }),
      event('f', { datacontenttype: 'text/plain', data: `${'ü'.repeat(50)}x` }),
    ],
    ['bytes', event('e', { data: new Uint8Array(100) }), event('f', { data: new Uint8Array(101) })],
  ])('takes %s up to the limit, and no byte more', async (_kind, fitting, tooLarge) => {
    await writer().append(toNone(fitting));
    await expect(writer().append(toNone(tooLarge))).rejects.toThrow(
      'the data of event f is longer than 100 bytes',
    );

    expect(await log.head()).toBe(1);
  });

  it('takes no event beyond MAX_EVENTS, also from many at once', async () => {
    const limited = writer({ maxEvents: 10 });

    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => limited.append(toNone(event(`e-${index}`)))),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await log.head()).toBe(10);
    await expect(limited.append(toNone(event('more')))).rejects.toThrow(
      'the limit MAX_EVENTS of 10 is reached',
    );
  });

  it('takes events again when old ones were truncated', async () => {
    const limited = writer({ maxEvents: 2 });
    await limited.append(toNone(event('e-1')));
    await limited.append(toNone(event('e-2')));

    await log.truncate(2);

    await limited.append(toNone(event('e-3')));
    await expect(limited.append(toNone(event('e-4')))).rejects.toThrow('MAX_EVENTS');
  });

  it('begins no aggregate beyond MAX_AGGREGATES, while those there are go on', async () => {
    const limited = writer({ maxAggregates: 2 });
    await limited.append(toStream('a', 'a-1'));
    await limited.append(toStream('b', 'b-1'));

    await expect(limited.append(toStream('c', 'c-1'))).rejects.toThrow(
      'the limit MAX_AGGREGATES of 2 is reached',
    );
    await limited.append(toStream('a', 'a-2'));
    await limited.append(toNone(event('of no aggregate')));
  });

  it('adds to no aggregate beyond MAX_AGGREGATE_EVENTS, while others go on', async () => {
    const limited = writer({ maxAggregateEvents: 2 });
    await limited.append(toStream('a', 'a-1', 'a-2'));

    await expect(limited.append(toStream('a', 'a-3'))).rejects.toThrow(
      'the limit MAX_AGGREGATE_EVENTS of 2 is reached',
    );
    await expect(limited.append(toStream('b', 'b-1', 'b-2', 'b-3'))).rejects.toThrow('MAX_AGGREGATE_EVENTS');
    await limited.append(toStream('b', 'b-1'));
  });

  it('gives the first answer again at the limit, since nothing is added', async () => {
    const limited = writer({ maxEvents: 1, maxAggregates: 1, maxAggregateEvents: 1 });
    const { position } = await limited.append(toStream('a', 'a-1'));

    const again = await limited.append(toStream('a', 'a-1'));

    expect(again).toMatchObject({ position, events: [{ id: 'a-1', isRepeated: true }] });
  });
});
