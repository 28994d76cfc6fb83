import { createVirtualClock } from '@fanfare/core';
import { expectProblem } from '@fanfare/service-kit/testing';
import { hostEventStore, listEvents, type EventStoreForTest } from './host-event-store';
import { createLogInFile } from './log-in-file';

async function listPositions(service: EventStoreForTest, path: string): Promise<readonly number[]> {
  return (await listEvents(service, path)).events.map(({ position }) => position);
}

describe('the filters of a list', () => {
  const clock = createVirtualClock(new Date('2026-01-01T00:00:00Z'));
  let service: EventStoreForTest;

  beforeAll(async () => {
    service = await hostEventStore({}, { clock });
    const events = [
      { type: 'payment.created', data: {}, source: '/payments', subject: 'eu/berlin/1', correlation_id: 'c' },
      { type: 'payment.failed', data: {}, source: '/payments', subject: 'eu/paris/1' },
      { type: 'custom', data: {}, subject: 'eu/berlin/2' },
      { type: 'order_created', data: {}, metadata: { correlation_id: 'c' } },
    ];
    for (const event of events) {
      await service.post('/events', event);
      await clock.advance(1_000);
    }
    for (const [id, type] of [
      ['user-1', 'user'],
      ['order-1', 'order'],
      ['user-1', 'user'],
    ]) {
      const event = { type: 'custom', data: {}, aggregate_id: id, aggregate_type: type };
      await service.post('/events/publish', event);
      await clock.advance(1_000);
    }
  });

  afterAll(() => service.stop());

  it.each([
    ['/events?type=payment.created', [1]],
    ['/events?type=payment_created', [1]],
    ['/events?type=com.fanfare.payment.created.v1', [1]],
    ['/events?type=payment.*', [1, 2]],
    ['/events?type=*', [1, 2, 3, 4, 5, 6, 7]],
    ['/events?type=custom', [3, 5, 6, 7]],
    ['/events?type=unheard.of', []],
    ['/events?source=/payments', [1, 2]],
    ['/events?subject=eu/berlin/1', [1]],
    ['/events?subject_prefix=eu/berlin/', [1, 3]],
    ['/events?subject_prefix=eu/&order=desc', [3, 2, 1]],
    ['/events?aggregate_id=user-1', [5, 7]],
    ['/events?aggregate_type=order', [6]],
    ['/events?correlation_id=c', [1, 4]],
    ['/events?correlation_id=c&type=order.*', [4]],
    ['/events?source=/payments&limit=1&offset=1', [2]],
    ['/event-store/events?type=payment.*', [1, 2]],
    ['/events/type/payment.created', [1]],
    ['/events/type/payment_created', [1]],
    ['/events/type/com.fanfare.payment.created.v1', [1]],
    ['/events/type/payment.*?order=desc', [2, 1]],
    ['/events/type/custom?aggregate_type=user', [5, 7]],
    ['/events/type/nothing', []],
    ['/events/type/custom?from_timestamp=2026-01-01T00:00:05Z', [6, 7]],
    ['/events/aggregate-type/user', [5, 7]],
    ['/events/aggregate-type/user?from_timestamp=2026-01-01T00:00:05Z', [7]],
    ['/events/aggregate-type/user?type=payment.*', []],
    ['/events/aggregate-type/nothing', []],
  ])('%s', async (path, positions) => {
    const { events, next_cursor } = await listEvents(service, path);
    expect(events.map(({ position }) => position)).toEqual(positions);
    expect(next_cursor === null || path.includes('limit')).toBe(true);
  });

  it.each([
    ['from=2026-01-01T00:00:02Z', [3, 4, 5, 6, 7]],
    ['to=2026-01-01T00:00:02Z', [1, 2]],
    ['from=2026-01-01T00:00:02Z&to=2026-01-01T00:00:04Z', [3, 4]],
    ['start=2026-01-01T00:00:02Z&end=2026-01-01T00:00:04Z', [3, 4]],
    ['from_timestamp=2026-01-01T00:00:02.000Z&to=2026-01-01T00:00:04.0Z', [3, 4]],
    ['from=2026-01-01T02:00:02%2B02:00&to=2026-01-01T02:00:04+02:00', [3, 4]],
    ['from=2026-01-01T00:00:02.0001Z&to=2026-01-01T00:00:04.000000001Z', [4, 5]],
    ['from=2026-01-01T00:00:02Z&to=2026-01-01T00:00:02Z', []],
    ['from=2026-01-01T00:00:02Z&to=2026-01-01T00:00:04Z&order=desc', [4, 3]],
  ])(
    'selects by the time of recording, the first included and the last not: %s',
    async (query, positions) => {
      expect(await listPositions(service, `/events?${query}`)).toEqual(positions);
      const hasBoth = /(from|start)/.test(query) && /\b(to|end)=/.test(query);
      const ofRange = await service.get(`/events/range?${query}`);
      if (hasBoth)
        expect(ofRange.body).toMatchObject({ events: positions.map((position) => ({ position })) });
      else expectProblem(ofRange, 400);
    },
  );

  it('have no hidden window of time', async () => {
    await using file = await createLogInFile();
    const longAgo = await hostEventStore(file.env, {
      clock: createVirtualClock(new Date('2020-01-01T00:00:00Z')),
    });
    await longAgo.post('/events', { type: 'custom', data: {} });
    await longAgo.stop();

    await using today = await hostEventStore(file.env);

    for (const path of ['/events', '/events/type/custom']) {
      expect((await listEvents(today, path)).events).toMatchObject([
        { recorded_at: '2020-01-01T00:00:00.000Z' },
      ]);
    }
  });
});
