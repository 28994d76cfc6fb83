import type { CloudEvent } from '@fanfare/contracts';
import { AppError, createVirtualClock } from '@fanfare/core';
import { createLogger } from '../logging/logger';
import { createMessagingMetrics } from './messaging-metrics';
import { createMetrics } from './metrics';

function observe() {
  const lines: string[] = [];
  const metrics = createMetrics();
  const clock = createVirtualClock();
  const logger = createLogger({ service: 'sample', destination: { write: (line) => void lines.push(line) } });
  return {
    clock,
    observer: createMessagingMetrics({ metrics, logger, clock }),
    lines: () => lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    values: async (name: string): Promise<string[]> => {
      const text = await metrics.render();
      return text.split('\n').filter((line) => line.startsWith(name));
    },
  };
}

function eventAt(time: string | undefined): CloudEvent {
  return { specversion: '1.0', id: 'e-1', source: '/sample', type: 'a', time, data: {} };
}

const gap = { topic: 'orders', group: 'analytics', partition: 0, from: 3, to: 5, cause: 'delivery' } as const;

describe('the observer of messaging', () => {
  it('counts what is published and what becomes of events', async () => {
    const { observer, values } = observe();

    observer.published('orders', 128);
    observer.applied('analytics', 'applied', [eventAt(undefined), eventAt(undefined)], 0);
    observer.applied('analytics', 'duplicate', [eventAt(undefined)], 0);
    observer.unreadable('analytics', 128);

    expect(await values('events_')).toEqual([
      'events_published_total{topic="orders"} 128',
      'events_applied_total{group="analytics",result="applied"} 2',
      'events_applied_total{group="analytics",result="duplicate"} 1',
      'events_applied_total{group="analytics",result="dead"} 128',
    ]);
  });

  it('measures the time from each applied event to its effect', async () => {
    const { observer, values } = observe();
    const nowMs = Date.parse('2026-01-01T00:00:10.000Z');
    const times = [
      '2026-01-01T00:00:09.500Z',
      '2026-01-01T00:00:08.000Z',
      '2026-01-01T00:00:11.000Z',
      'nonsense',
      undefined,
    ];

    observer.applied('analytics', 'applied', times.map(eventAt), nowMs);
    observer.applied('analytics', 'duplicate', times.map(eventAt), nowMs);

    expect(await values('event_lag_seconds_')).toEqual(
      expect.arrayContaining([
        'event_lag_seconds_bucket{group="analytics",le="0.25"} 1',
        'event_lag_seconds_bucket{group="analytics",le="0.5"} 2',
        'event_lag_seconds_bucket{group="analytics",le="5"} 3',
        'event_lag_seconds_sum{group="analytics"} 2.5',
        'event_lag_seconds_count{group="analytics"} 3',
      ]),
    );
  });

  it('warns of each gap with its cause, and counts what is lost', async () => {
    const { observer, lines, values } = observe();

    observer.gapFilled(gap);
    observer.gapLost(gap);

    expect(lines()).toMatchObject([
      { level: 'warn', ...gap },
      { level: 'error', ...gap },
    ]);
    expect(await values('event_gaps_total{')).toEqual(['event_gaps_total{group="analytics"} 2']);
    expect(await values('events_lost_total{')).toEqual(['events_lost_total{group="analytics"} 3']);
  });

  it('tells without a warning, and counts as no gap, that a new group has read what was there before it', async () => {
    const { observer, lines, values } = observe();
    const before = { ...gap, from: 1, cause: 'catch_up' } as const;

    observer.gapFilled(before);
    expect(await values('event_gaps_total{')).toEqual([]);
    observer.gapFilled({ ...before, from: 2 });
    observer.gapFilled({ ...before, cause: 'delivery' });

    expect(lines()).toMatchObject([{ level: 'info', ...before }, { level: 'warn' }, { level: 'warn' }]);
    expect(await values('event_gaps_total{')).toEqual(['event_gaps_total{group="analytics"} 2']);
  });

  it('warns of an event that is tried again and reports a dead letter as an error, with id and reason', () => {
    const { observer, lines } = observe();
    const failure = {
      topic: 'orders',
      group: 'analytics',
      eventId: 'e-1',
      attempts: 3,
      reason: 'it does not fit',
    };

    observer.failed({ ...failure, isDead: false });
    observer.failed({ ...failure, isDead: true });

    expect(lines()).toMatchObject([
      { level: 'warn', ...failure },
      { level: 'error', ...failure },
    ]);
  });

  it('counts each look at which a group does not fit its topic, and says once in 10 s as an error what to do', async () => {
    const { observer, clock, lines, values } = observe();
    const problem = 'the owner of orders has 4: set them alike';
    const tell = (partition: number) => {
      observer.mismatch({ topic: 'orders', group: 'analytics', partition }, problem);
    };

    tell(0);
    tell(1);
    await clock.advance(10_000);
    tell(0);

    const line = { level: 'error', topic: 'orders', group: 'analytics', partition: 0, msg: problem };
    expect(lines()).toMatchObject([line, line]);
    expect(await values('topic_mismatches_total{')).toEqual(['topic_mismatches_total{group="analytics"} 3']);
  });

  it('says that a loop waits at most once in 10 s, for each loop', async () => {
    const { observer, clock, lines } = observe();
    const error = new AppError('unavailable', 'the broker is away');
    const waitEverywhere = () => {
      observer.waiting('relay of orders', error, 100);
      observer.waiting('cursors of analytics', error, 100);
    };

    waitEverywhere();
    await clock.advance(9_999);
    waitEverywhere();
    expect(lines()).toHaveLength(2);

    await clock.advance(1);
    waitEverywhere();
    expect(lines().map(({ level, what }) => [level, what])).toEqual([
      ['warn', 'relay of orders'],
      ['warn', 'cursors of analytics'],
      ['warn', 'relay of orders'],
      ['warn', 'cursors of analytics'],
    ]);
  });
});
