import { spawnSync } from 'node:child_process';
import { z } from 'zod';
import { eventually } from '@fanfare/core/testing';
import { read, send } from './support/http';
import { getOrder, placeOrder, postOrder } from './support/orders';
import { parsePrometheusText, sumOf, type PrometheusText } from './support/prometheus-text';
import { analyticsUrl, notificationUrl, orderUrl, services } from './support/system';

async function readMetrics(url: string): Promise<PrometheusText> {
  const { status, text } = await send(`${url}/metrics`);
  expect(status).toBe(200);
  return parsePrometheusText(text);
}

const forAll = [
  'http_requests_total',
  'http_request_duration_seconds',
  'database_pool_connections',
  'process_cpu_seconds_total',
];
const forPublishers = ['events_published_total', 'outbox_pending', 'outbox_oldest_seconds'];
const forConsumers = [
  'events_applied_total',
  'event_lag_seconds',
  'parked_events',
  'dead_letters',
  'event_gaps_total',
];
const expected: Readonly<Record<string, readonly string[]>> = {
  'order-service': [...forPublishers, 'orders_created_total', 'cache_requests_total'],
  'analytics-service': [...forConsumers, 'cache_requests_total'],
  'event-store': [...forConsumers, 'cache_requests_total'],
  'notification-worker': [...forPublishers, ...forConsumers, 'notifications_sent_total'],
};

const promtool = spawnSync('promtool', ['--version']).error ? undefined : 'promtool';
const isPromtoolRequired = process.env['REQUIRE_ADAPTERS'] === 'all';
const itWithPromtool = promtool !== undefined || isPromtoolRequired ? it : it.skip;
const whySkipped = promtool === undefined ? ' (skipped: promtool is not installed)' : '';

describe.each(services)('the metrics of %s', (service, url) => {
  it('are Prometheus text, each with type and help', async () => {
    const { headers } = await send(`${url}/metrics`);

    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4\b/);
    expect((await readMetrics(url)).samples.length).toBeGreaterThan(0);
  });

  it('have the names that are promised', async () => {
    const { types } = await readMetrics(url);

    const missing = [...forAll, ...(expected[service] ?? [])].filter((name) => !types.has(name));
    expect(missing).toEqual([]);
  });

  it('name routes by their patterns, never by what was asked for', async () => {
    await send(`${url}/orders/01a1fdf7-e0f1-7000-888c-7c75dbbb7ca5`);
    await send(`${url}/wp-admin/setup-${process.pid}.php`);
    const schema = z.object({ paths: z.record(z.string(), z.unknown()) });
    const { paths } = await read(`${url}/openapi.json`, schema);

    const { samples } = await readMetrics(url);

    const routes = samples.flatMap(({ labels }) => labels['route'] ?? []);
    expect(routes).toContain('unmatched');
    const known = new Set(['unmatched', ...Object.keys(paths)]);
    expect(routes.filter((route) => !known.has(route))).toEqual([]);
  });

  it('count every answer by route and status', async () => {
    const labels = { route: '/health/live', status: '200' };
    const before = await readMetrics(url);

    for (let request = 0; request < 3; request += 1) await send(`${url}/health/live`);

    const after = await readMetrics(url);
    for (const name of ['http_requests_total', 'http_request_duration_seconds_count']) {
      expect(sumOf(after, name, labels)).toBeGreaterThanOrEqual(sumOf(before, name, labels) + 3);
    }
  });

  itWithPromtool(`pass promtool check metrics without a remark${whySkipped}`, async () => {
    if (promtool === undefined) throw new Error('REQUIRE_ADAPTERS=all, and promtool is not installed');
    const { text } = await send(`${url}/metrics`);

    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });

    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});

describe('an order shows in the metrics', () => {
  it.each([
    { service: 'order-service', url: orderUrl, name: 'orders_created_total', labels: {} },
    { service: 'order-service', url: orderUrl, name: 'events_published_total', labels: { topic: 'orders' } },
    { service: 'order-service', url: orderUrl, name: 'cache_requests_total', labels: {} },
    {
      service: 'analytics-service',
      url: analyticsUrl,
      name: 'events_applied_total',
      labels: { result: 'applied' },
    },
    { service: 'analytics-service', url: analyticsUrl, name: 'event_lag_seconds_count', labels: {} },
    {
      service: 'notification-worker',
      url: notificationUrl,
      name: 'events_applied_total',
      labels: { result: 'applied' },
    },
    {
      service: 'notification-worker',
      url: notificationUrl,
      name: 'notifications_sent_total',
      labels: { result: 'sent' },
    },
    {
      service: 'notification-worker',
      url: notificationUrl,
      name: 'events_published_total',
      labels: { topic: 'notifications' },
    },
  ])('$service: $name $labels', async ({ url, name, labels }) => {
    const valueNow = async () => sumOf(await readMetrics(url), name, labels);
    const before = await valueNow();

    const { id } = await placeOrder();
    await getOrder(id);

    await eventually(async () => {
      expect(await valueNow()).toBeGreaterThan(before);
    });
  });

  it('as refused when it was', async () => {
    const refused = async () =>
      sumOf(await readMetrics(orderUrl), 'http_requests_total', { route: '/orders', status: '400' });
    const before = await refused();

    await postOrder({});

    expect(await refused()).toBeGreaterThan(before);
  });
});
