import { spawnSync } from 'node:child_process';
import { AppError } from '@fanfare/core';
import type { Cache } from '@fanfare/storage';
import { defineRoute, reply } from '../http/route';
import {
  fakeConsumer,
  fakeParkedEvents,
  fakeTopicLog,
  hostForTest,
  parkedEvent,
  serviceWith,
} from '../testing';
import { createSeriesHistogram } from './histogram';
import { createMetrics, measureCache } from './metrics';
import { Histogram, Registry } from 'prom-client';

const order = defineRoute({
  method: 'get',
  path: '/orders/{id}',
  role: 'reader',
  summary: 'Read an order',
  responses: {},
  handle: ({ requestId }) => reply(requestId === 'missing' ? 404 : 200, {}),
});

function linesOf(text: unknown, name: string): string[] {
  return String(text)
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe('the metrics', () => {
  it('count requests by the pattern of their route, never by what the client sent', async () => {
    await using service = await hostForTest(() => serviceWith({ routes: [order] }));
    await service.request('/orders/1');
    await service.request('/orders/2');
    await service.request('/orders/3', { headers: { 'x-request-id': 'missing' } });

    const { body, headers } = await service.request('/metrics');

    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(linesOf(body, 'http_requests_total')).toEqual([
      'http_requests_total{method="GET",route="/orders/{id}",status="200"} 2',
      'http_requests_total{method="GET",route="/orders/{id}",status="404"} 1',
    ]);
    expect(linesOf(body, 'http_request_duration_seconds_count')[0]).toBe(
      'http_request_duration_seconds_count{method="GET",route="/orders/{id}",status="200"} 2',
    );
  });

  it('count what was refused by the code of its problem', async () => {
    await using service = await hostForTest(() => serviceWith({ routes: [order] }));
    await service.request('/orders/1?colour=red');
    await service.request('/nowhere');
    await service.request('/nowhere/else');
    await service.request('/orders/1', { method: 'DELETE' });

    const { body } = await service.request('/metrics');

    expect(linesOf(body, 'http_problems_total')).toEqual([
      'http_problems_total{code="invalid"} 1',
      'http_problems_total{code="not-found"} 2',
      'http_problems_total{code="method-not-allowed"} 1',
    ]);
  });

  it('begin with those of the process, and show the database pool', async () => {
    const poolState = () => ({ used: 3, idle: 1, waiting: 2 });
    const checks = { database: { ping: async () => undefined, poolState } };
    await using service = await hostForTest(() => serviceWith({ checks }));

    const { body } = await service.request('/metrics');

    expect(linesOf(body, 'process_resident_memory_bytes')).toHaveLength(1);
    expect(linesOf(body, 'database_pool_connections')).toEqual([
      'database_pool_connections{state="used"} 3',
      'database_pool_connections{state="idle"} 1',
      'database_pool_connections{state="waiting"} 2',
    ]);
  });

  it('show what waits in the outbox, what failed and what is lost, summed over the topics of a group', async () => {
    const backlog = async () => ({ pending: 3, oldestSeconds: 1.5 });
    const parked = fakeParkedEvents([parkedEvent(), parkedEvent({ state: 'parked' })]);
    const consumers = [
      fakeConsumer({ parked, countMissing: async () => 3 }),
      fakeConsumer({ topic: 'payments', parked }),
    ];
    await using service = await hostForTest(() =>
      serviceWith({ topicLogs: [fakeTopicLog({ backlog })], consumers }),
    );

    const { body } = await service.request('/metrics');

    const ofTopics = ['outbox_pending', 'outbox_oldest_seconds'];
    const names = [...ofTopics, 'parked_events', 'dead_letters', 'missing_events'];
    expect(names.flatMap((name) => linesOf(body, name))).toEqual([
      'outbox_pending{topic="orders"} 3',
      'outbox_oldest_seconds{topic="orders"} 1.5',
      'parked_events{group="analytics"} 2',
      'dead_letters{group="analytics"} 2',
      'missing_events{group="analytics"} 3',
    ]);
  });

  it('are shown also while the database is away', async () => {
    const backlog = () => Promise.reject(new AppError('unavailable', 'the database is away'));
    await using service = await hostForTest(() => serviceWith({ topicLogs: [fakeTopicLog({ backlog })] }));

    expect((await service.request('/metrics')).status).toBe(200);
  });

  it('count what reads of the cache found', async () => {
    const metrics = createMetrics();
    const values: Record<string, Awaited<ReturnType<Cache['get']>>> = {
      here: { version: 1, value: 'x' },
      gone: null,
    };
    const cache = measureCache(metrics, {
      get: async (key: string) => {
        const value = values[key];
        if (value === undefined) throw new AppError('unavailable', 'the cache is away');
        return value;
      },
    } as Cache);

    await Promise.allSettled(['here', 'here', 'gone', 'away'].map((key) => cache.get(key)));

    expect(linesOf(await metrics.render(), 'cache_requests_total')).toEqual([
      'cache_requests_total{result="hit"} 2',
      'cache_requests_total{result="miss"} 1',
      'cache_requests_total{result="error"} 1',
    ]);
  });
});

describe('a series histogram', () => {
  it('shows exactly what a histogram of prom-client shows', async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const options = { name: 'sample_seconds', help: 'A sample.', buckets: [0.1, 1, 10] };
    const series = createSeriesHistogram<'route'>(ours, options).series({ route: '/a "quoted" one' });
    const histogram = new Histogram({ ...options, labelNames: ['route'], registers: [theirs] });

    for (const value of [0, 0.1, 0.11, 1, 5, 10, 10.5, 1e6]) {
      series.observe(value);
      histogram.observe({ route: '/a "quoted" one' }, value);
    }

    const sortedLabels = (text: string) =>
      text.replace(
        /\{(.*)\}/g,
        (_, labels: string) =>
          `{${labels
            .split(/,(?=\w+=)/)
            .sort()
            .join()}}`,
      );
    expect(sortedLabels(await ours.metrics())).toBe(sortedLabels(await theirs.metrics()));
  });
});

const promtool = spawnSync('promtool', ['--version']);
const isRequired = process.env['REQUIRE_ADAPTERS'] === 'all';
const itWithPromtool =
  promtool.error && !isRequired
    ? (title: string) => {
        it.skip(`${title} (promtool is not installed)`, () => undefined);
      }
    : it;

describe('the metrics page', () => {
  itWithPromtool('is what promtool takes for clean', async () => {
    const poolState = () => ({ used: 3, idle: 1, waiting: 2 });
    const checks = { database: { ping: async () => undefined, poolState } };
    await using service = await hostForTest(({ messagingObserver }) => {
      messagingObserver.published('orders', 1);
      messagingObserver.applied('analytics', 'applied', [], 0);
      const messaging = { topicLogs: [fakeTopicLog()], consumers: [fakeConsumer()] };
      return serviceWith({ routes: [order], checks, ...messaging });
    });
    await service.request('/orders/1');

    const { body } = await service.request('/metrics');

    const checked = spawnSync('promtool', ['check', 'metrics'], { input: String(body), encoding: 'utf8' });
    expect(`${checked.stdout}${checked.stderr}`.split('\n').filter(isAboutOurs)).toEqual([]);
  });
});

/** prom-client names some of its own metrics in ways that promtool frowns on; they cannot be renamed. */
function isAboutOurs(line: string): boolean {
  return line !== '' && !/^(nodejs|process)_/.test(line);
}
