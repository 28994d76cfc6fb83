import { createEvent } from '@fanfare/cloudevents';
import { openEventLog, type EventLog } from '@fanfare/storage';
import { createEventWriter } from './event-writer';
import { createTakeEvents, type CallSyncObservers } from './take-events';

const limits = { maxEventDataBytes: 1_000, maxEvents: 0, maxAggregates: 0, maxAggregateEvents: 0 };

const incoming = (id: string, time: string) => ({
  event: createEvent({ id, type: 'custom', source: '/test', time, data: 1 }),
  filledIn: ['time', 'traceparent'],
});
const request = (...events: ReturnType<typeof incoming>[]) => ({
  appends: [{ stream: null, expected: 'any' as const, events }],
});

describe('taking events in', () => {
  let log: EventLog;

  beforeEach(async () => {
    log = await openEventLog('sqlite::memory:');
  });

  afterEach(() => log.close());

  function taking(callSyncObservers: CallSyncObservers = () => Promise.resolve(undefined)) {
    const writer = createEventWriter({ log, limits, countAggregates: () => Promise.resolve(0) });
    return createTakeEvents({ writer, log, callSyncObservers });
  }

  it('waits for the observers that are not async, once the events are durable', async () => {
    const called: unknown[] = [];
    const takeEvents = taking(async (appended) => {
      called.push({ ids: appended.map(({ id }) => id), head: await log.head() });
      return [{ observer_id: 'o', ok: false, error: 'timeout' }];
    });

    const taken = await takeEvents(request(incoming('a', '2026-01-01T00:00:00Z')));

    expect(called).toEqual([{ ids: ['a'], head: 1 }]);
    expect(taken.results).toEqual([{ observer_id: 'o', ok: false, error: 'timeout' }]);
  });

  it('tells those observers only of what is new', async () => {
    const called: string[] = [];
    const takeEvents = taking((appended) => {
      called.push(...appended.map(({ id }) => id));
      return Promise.resolve([]);
    });
    await takeEvents(request(incoming('a', '2026-01-01T00:00:00Z')));

    await takeEvents(request(incoming('a', '2026-01-01T00:00:00Z'), incoming('b', '2026-01-01T00:00:00Z')));
    const again = await takeEvents(request(incoming('b', '2026-01-01T00:00:00Z')));

    expect(called).toEqual(['a', 'b']);
    expect(again).not.toHaveProperty('results');
  });

  it('takes events for the same that differ only in what was filled in', async () => {
    const takeEvents = taking();
    await takeEvents(request(incoming('a', '2026-01-01T00:00:00Z')));

    const again = await takeEvents(
      request(incoming('a', '2026-01-01T00:00:01Z'), incoming('b', '2026-01-01T00:00:01Z')),
    );

    expect(again.events).toMatchObject([
      { id: 'a', position: 1, isRepeated: true },
      { id: 'b', position: 2, isRepeated: false },
    ]);
    const given = { ...incoming('a', '2026-01-01T00:00:02Z'), filledIn: [] };
    await expect(takeEvents(request(given))).rejects.toThrow('the id a belongs to another event');
  });
});
