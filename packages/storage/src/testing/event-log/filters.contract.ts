import { createVirtualClock } from '@fanfare/core';
import fc from 'fast-check';
import type { EventFilter, EventLog, LogEvent, StreamAppend } from '../../event-log/event-log';
import { idsOf, readAll, sampleEvent } from './samples';
import type { TestEventLogs } from './use-event-logs';

const types = [
  'com.example.order.created.v1',
  'com.example.order.paid.v1',
  'com.example.user.created.v1',
  'other',
];
const sources = ['/orders', '/users'];
const subjects = ['o-1', 'o-12', 'o-2', 'u-1', '%', 'ö-1'];
const correlations = ['c-1', 'c-2'];
const streams = ['order-1', 'order-2', 'user-1'];
const categories = ['order', 'user'];
const start = Date.parse('2026-01-01T00:00:00Z');
const appendCount = 60;
const stepMs = 1_000;

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const time = fc.integer({ min: -1, max: appendCount + 1 }).map((step) => new Date(start + step * stepMs));

const filters: fc.Arbitrary<EventFilter> = fc.record({
  types: maybe(
    fc.subarray([...types, 'com.example.order.*', 'com.example.*', 'com.missing.*', 'missing', '*']),
  ),
  source: maybe(fc.constantFrom(...sources)),
  subject: maybe(fc.constantFrom(...subjects)),
  subjectPrefix: maybe(fc.constantFrom('o-', 'o-1', '%', 'ö', '')),
  streamId: maybe(fc.constantFrom(...streams, 'missing')),
  category: maybe(fc.constantFrom(...categories)),
  correlationId: maybe(fc.constantFrom(...correlations)),
  from: maybe(time),
  to: maybe(time),
});

const appends = fc.array(
  fc.record({
    type: fc.constantFrom(...types),
    source: fc.constantFrom(...sources),
    subject: maybe(fc.constantFrom(...subjects)),
    correlationid: maybe(fc.constantFrom(...correlations)),
    stream: maybe(fc.constantFrom(...streams)),
  }),
  { minLength: appendCount, maxLength: appendCount },
);

export function describeFilters({ open }: TestEventLogs): void {
  describe('filters', () => {
    it('find, in any combination, from any place and in both directions, what a plain look at every event finds', async () => {
      const clock = createVirtualClock(new Date(start));
      const log = await open({ clock });
      await appendSamples(log, () => clock.advance(stepMs));
      const everything = await readAll(log);

      await fc.assert(
        fc.asyncProperty(
          filters,
          fc.boolean(),
          maybe(fc.integer({ min: 0, max: 2 * appendCount })),
          fc.integer({ min: 1, max: 20 }),
          async (filter, isForwards, position, limit) => {
            const request = {
              filter,
              direction: isForwards ? 'forwards' : 'backwards',
              position,
              limit,
            } as const;
            const matching = everything.filter((event) => matches(event, filter));
            const inPlace = isForwards
              ? matching.filter((event) => event.position > (position ?? 0))
              : matching.filter((event) => event.position < (position ?? Infinity)).toReversed();

            expect(idsOf(await readAll(log, request))).toEqual(idsOf(inPlace));
          },
        ),
        { numRuns: 500 },
      );
    });
  });
}

async function appendSamples(log: EventLog, passTime: () => Promise<void>): Promise<void> {
  const [samples = []] = fc.sample(appends, { numRuns: 1, seed: 7 });
  for (const [index, { stream, ...attributes }] of samples.entries()) {
    const name =
      stream === undefined ? null : { id: stream, type: stream.startsWith('o') ? 'order' : 'user' };
    const append = (id: string): StreamAppend => ({
      stream: name,
      expected: 'any',
      events: [sampleEvent(id, attributes)],
    });
    await Promise.all([`e-${index}`, `f-${index}`].map((id) => log.append({ appends: [append(id)] })));
    await passTime();
  }
}

/** The reference: nothing but what the port says. */
function matches({ event, stream, recordedAt }: LogEvent, filter: EventFilter): boolean {
  const {
    types: wanted,
    source,
    subject,
    subjectPrefix,
    streamId,
    category,
    correlationId,
    from,
    to,
  } = filter;
  const isOfType = (type: string) =>
    type.endsWith('*') ? event.type.startsWith(type.slice(0, -1)) : event.type === type;
  return (
    (wanted?.some(isOfType) ?? true) &&
    (source ?? event.source) === event.source &&
    (subject === undefined || event.subject === subject) &&
    (subjectPrefix === undefined || (event.subject?.startsWith(subjectPrefix) ?? false)) &&
    (streamId === undefined || stream?.id === streamId) &&
    (category === undefined || stream?.type === category) &&
    (correlationId === undefined || event['correlationid'] === correlationId) &&
    (from === undefined || recordedAt >= from) &&
    (to === undefined || recordedAt < to)
  );
}
