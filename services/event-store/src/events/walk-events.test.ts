import { createEvent } from '@fanfare/cloudevents';
import { openEventLog, type EventLog, type LogEvent } from '@fanfare/storage';
import fc from 'fast-check';
import { walkLog, walkStream, type Walk } from './walk-events';

const count = 230;

/** The events of a walk up to a number of them, and how many were read at a time. */
async function take(walk: Walk, limit: number): Promise<readonly LogEvent[]> {
  const taken: LogEvent[] = [];
  for await (const events of walk) {
    expect(events.length).toBeLessThanOrEqual(100);
    taken.push(...events);
    if (taken.length >= limit) break;
  }
  return taken.slice(0, limit);
}

const request = fc.record({
  order: fc.constantFrom('asc' as const, 'desc' as const),
  after: fc.option(fc.nat(count + 5), { nil: undefined }),
  offset: fc.oneof(fc.constant(0), fc.nat(count + 5)),
  limit: fc.integer({ min: 1, max: count }),
});

describe('a walk through events', () => {
  let log: EventLog;

  beforeAll(async () => {
    log = await openEventLog('sqlite::memory:');
    const events = Array.from({ length: count }, (_, index) =>
      createEvent({ id: `e-${index}`, type: index % 3 === 0 ? 'third' : 'other', source: '/test' }),
    );
    await log.append({ appends: [{ stream: { id: 'a', type: 'custom' }, expected: 'none', events }] });
  });

  afterAll(() => log.close());

  /** What is wanted of `numbers`, which ascend. */
  function select(
    numbers: readonly number[],
    wanted: Parameters<typeof walkLog>[1]['order'],
    after?: number,
  ) {
    const inOrder = wanted === 'asc' ? numbers : numbers.toReversed();
    if (after === undefined) return inOrder;
    return inOrder.filter((number) => (wanted === 'asc' ? number > after : number < after));
  }

  it.each([
    ['all events', {}, () => true],
    ['the events of a type', { types: ['third'] }, (position: number) => position % 3 === 1],
  ])(
    'gives %s from anywhere, in either order, leaving out as many as are to be',
    async (_what, filter, isWanted) => {
      const positions = Array.from({ length: count }, (_, index) => index + 1).filter(isWanted);

      await fc.assert(
        fc.asyncProperty(request, fc.nat(count), async (wanted, fromPosition) => {
          const { order, after, offset, limit } = wanted;

          const events = await take(walkLog(log, { ...wanted, filter, fromPosition }), limit);

          const later = positions.filter((position) => position > fromPosition);
          const expected = select(later, order, after).slice(offset, offset + limit);
          expect(events.map(({ position }) => position)).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('gives the events of a stream between two versions', async () => {
    const bounds = fc.tuple(fc.nat(count + 5), fc.nat(count + 5));

    await fc.assert(
      fc.asyncProperty(request, bounds, async (wanted, [fromVersion, toVersion]) => {
        const { order, after, offset, limit } = wanted;

        const events = await take(walkStream(log, 'a', { ...wanted, fromVersion, toVersion }), limit);

        const versions = Array.from({ length: count }, (_, index) => index);
        const between = versions.filter((version) => version >= fromVersion && version <= toVersion);
        const expected = select(between, order, after).slice(offset, offset + limit);
        expect(events.map(({ version }) => version)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out as many after a truncation as before', async () => {
    const cut = await openEventLog('sqlite::memory:');
    for (let index = 0; index < 20; index += 1) {
      const events = [createEvent({ id: `e-${index}`, type: 'custom', source: '/test' })];
      await cut.append({ appends: [{ stream: null, expected: 'any', events }] });
    }
    await cut.truncate(11);

    const wanted = { filter: {}, after: undefined, fromPosition: 0, offset: 3, limit: 2 };
    const forwards = await take(walkLog(cut, { ...wanted, order: 'asc' }), 2);
    const backwards = await take(walkLog(cut, { ...wanted, order: 'desc' }), 2);
    await cut.close();

    expect(forwards.map(({ position }) => position)).toEqual([14, 15]);
    expect(backwards.map(({ position }) => position)).toEqual([17, 16]);
  });
});
