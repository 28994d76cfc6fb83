import { eventually } from '@fanfare/core/testing';
import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { openReceiver, type TestReceiver } from './support/open-receiver';

describe('the figures of deliveries', () => {
  let service: EventStoreForTest;
  let receiver: TestReceiver;

  beforeEach(async () => {
    receiver = await openReceiver();
    service = await hostEventStore();
    const retry = { max_attempts: 3, delay_ms: 1, factor: 1, max_delay_ms: 1 };
    await service.post('/observers', { id: 'billing', event_types: ['*'], endpoint: receiver.url, retry });
  });

  afterEach(async () => {
    await service.stop();
    await receiver.close();
  });

  const get = async (path: string) => (await service.get(path)).body;

  it('move by one with each failed attempt, by type of event and by observer', async () => {
    let failuresLeft = 2;
    receiver.answer(() => ((failuresLeft -= 1) >= 0 ? 500 : 204));

    await service.post('/events', { type: 'user.created', data: { user_id: 'u-1' } });
    await service.post('/events', { type: 'my.own', data: {} });

    await eventually(async () => {
      expect(await get('/metrics/processing-times')).toMatchObject({
        processing_times: {
          'user.created': { count: expect.any(Number) as number },
          'my.own': { count: expect.any(Number) as number },
        },
      });
      const { total_errors: total } = (await get('/metrics/errors')) as { readonly total_errors: number };
      expect(total).toBe(2);
    });
    const { error_counts: byType, observers } = (await get('/metrics/errors')) as {
      readonly error_counts: Readonly<Record<string, number>>;
      readonly observers: unknown;
    };
    expect(observers).toEqual({ billing: 2 });
    expect(Object.values(byType).reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(await get('/metrics')).toMatchObject({ total_events: 2, total_errors: 2, error_counts: byType });
  });

  it('tell how long deliveries took, in milliseconds', async () => {
    for (let index = 0; index < 5; index += 1) await service.post('/events', { type: 'my.own', data: {} });

    const times = await eventually(async () => {
      const body = (await get('/metrics/processing-times')) as {
        readonly processing_times: Readonly<Record<string, Readonly<Record<string, number>>>>;
      };
      expect(body.processing_times['my.own']).toMatchObject({ count: 5 });
      return body.processing_times['my.own'] ?? {};
    });

    const { mean = 0, p50 = 0, p95 = 0, p99 = 0, max = 0 } = times;
    expect(Object.keys(times).sort()).toEqual(['count', 'max', 'mean', 'p50', 'p95', 'p99']);
    expect([p50, p95, p99, max]).toEqual([p50, p95, p99, max].toSorted((left, right) => left - right));
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThanOrEqual(max);
    expect((await get('/metrics')) as object).toMatchObject({ average_time: mean });
  });
});
