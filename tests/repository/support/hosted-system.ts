import { allServices } from '@fanfare/all-in-one';
import { eventually } from '@fanfare/core/testing';
import { createEventStore, readConfig as readEventStoreConfig } from '@fanfare/event-store';
import { hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import { z } from 'zod';
import { parsePrometheusText, type PrometheusText } from '../../e2e/support/prometheus-text';

const memory = 'sqlite::memory:';

/** The five services in this process, which keep nothing. */
export function hostSystem(): Promise<HostedForTest> {
  const names = ['ORDER', 'ANALYTICS', 'EVENT_STORE', 'MEDIATOR', 'NOTIFICATION'];
  const databases = Object.fromEntries(names.map((name) => [`${name}_DATABASE_URL`, memory]));
  return hostForTest(allServices({ ...databases, EVENT_LOG_URL: memory }));
}

/** An event store that streams to a Kafka that is away, and so has the metrics of streaming. */
export function hostStreaming(): Promise<HostedForTest> {
  const stream = { STREAM_URL: 'kafka://127.0.0.1:1' };
  const config = readEventStoreConfig({ DATABASE_URL: memory, EVENT_LOG_URL: memory, ...stream });
  return hostForTest((resources) => createEventStore(config, resources));
}

const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 1, total_amount: 1.25 };

/** Lets each service do something of all that it counts, so that each metric has its labels. */
export async function doSomeWork(system: HostedForTest): Promise<void> {
  const { urls } = system.host;
  await system.request('/orders', { method: 'POST', body: order });
  await system.request('/orders', { method: 'POST', body: {} });
  for (const url of Object.values(urls)) await system.request(`${url}/health/ready`);
  for (const group of ['analytics-service', 'event-store', 'notification-worker']) {
    await eventually(async () => {
      const { body } = await system.request(`${urls[group] ?? ''}/metrics`);
      expect(body).toContain(`events_applied_total{group="${group}",result="applied"}`);
    });
  }
  await eventually(async () => {
    const { body } = await system.request(`${urls['notification-worker'] ?? ''}/metrics`);
    expect(body).toContain('notifications_sent_total{');
  });
}

/** What each service of a host says of itself. */
export async function readMetrics(system: HostedForTest): Promise<readonly PrometheusText[]> {
  const texts = Object.values(system.host.urls).map(
    async (url) => (await system.request(`${url}/metrics`)).body,
  );
  return (await Promise.all(texts)).map((text) => parsePrometheusText(String(text)));
}

const document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** The operations of each service's own description, such as `get /orders/{id}`, by its name. */
export async function readOperations(system: HostedForTest): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = Object.entries(system.host.urls).map(async ([name, url]) => {
    const { body } = await system.request(`${url}/openapi.json`);
    const paths = Object.entries(document.parse(body).paths);
    const operations = paths.flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    return [name, operations] as const;
  });
  return new Map(await Promise.all(found));
}
