import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '@fanfare/core/testing';
import { hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import { allServices } from '../src';

const root = path.join(__dirname, '../../..');
const reference = path.join(root, 'docs/metrics.md');
const memory = 'sqlite::memory:';
/** What is there only with Kafka or MongoDB is there while they are away, too. */
const reports = { auditing: false, keepMs: 86_400_000 };
const env = {
  EVENT_LOG_URL: 'mongodb://127.0.0.1:1/none',
  ORDER_DATABASE_URL: memory,
  ANALYTICS_DATABASE_URL: memory,
  EVENT_STORE_DATABASE_URL: memory,
  MEDIATOR_DATABASE_URL: memory,
  NOTIFICATION_DATABASE_URL: memory,
  STREAM_URL: 'kafka://127.0.0.1:1',
};

/** The metrics that dashboards and alerts of others are made of, each with its labels. */
const promised: Readonly<Record<string, readonly string[]>> = {
  http_request_duration_seconds: ['method', 'route', 'status'],
  http_requests_total: ['method', 'route', 'status'],
  orders_created_total: [],
  events_published_total: ['topic'],
  events_applied_total: ['group', 'result'],
  event_lag_seconds: ['group'],
  outbox_pending: ['topic'],
  outbox_oldest_seconds: ['topic'],
  parked_events: ['group'],
  dead_letters: ['group'],
  cache_requests_total: ['result'],
  database_pool_connections: ['state'],
  notifications_sent_total: ['channel', 'result'],
};

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly services: string[];
}

const family = /^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm;

/** Of all services, without those of the process, which every program with this client library has. */
async function readServed(): Promise<readonly Metric[]> {
  await using system = await hostForTest(allServices(env), { untilReady: false, reports });
  const served = new Map<string, Metric>();
  for (const [service, url] of Object.entries(system.host.urls)) {
    const { body } = await system.request(`${url}/metrics`);
    for (const [, name = '', help = '', type = ''] of String(body).matchAll(family)) {
      if (/^(?:process|nodejs)_/.test(name)) continue;
      const metric = served.get(name) ?? { name, type, help, services: [] };
      metric.services.push(service);
      served.set(name, metric);
    }
  }
  return [...served.values()].sort((left, right) => left.name.localeCompare(right.name, 'en'));
}

async function readTexts(system: HostedForTest): Promise<readonly string[]> {
  const answers = Object.values(system.host.urls).map((url) => system.request(`${url}/metrics`));
  return (await Promise.all(answers)).map(({ body }) => String(body));
}

/** The labels of each series of a metric, but for the bounds of a histogram's buckets; those that are alike once. */
function labelsIn(texts: readonly string[], name: string): readonly (readonly string[])[] {
  const sample = new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? \\S+$`, 'gm');
  const series = texts
    .flatMap((text) => [...text.matchAll(sample)])
    .map(([, labels = '']) => namesOf(labels));
  return [...new Set(series.map((names) => names.join()))].map((names) => names.split(',').filter(Boolean));
}

function namesOf(labels: string): readonly string[] {
  const names = [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, name = '']) => name);
  return names.filter((name) => name !== 'le').sort();
}

function describeAsMarkdown(metrics: readonly Metric[]): string {
  const services = new Set(metrics.flatMap((metric) => metric.services)).size;
  const rows = metrics.map(
    ({ name, type, help, services: where }) =>
      `| \`${name}\` | ${type} | ${where.length === services ? 'all' : where.join(', ')} | ${help} |`,
  );
  return `# Metrics

What \`GET /metrics\` of each service has beside the \`process_\` and \`nodejs_\` metrics that every Node program with prom-client has.
Written by \`UPDATE_DOCS=1 npx jest services/all-in-one/test/metrics\`; without the variable the same test compares.

| metric | type | services | what it tells |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** Words in the documents that can be nothing but names of metrics. */
function namesInDocuments(): readonly string[] {
  const folder = path.join(root, 'docs');
  const pages = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'features.md');
  const files = [...pages.map((file) => path.join(folder, file)), path.join(root, 'TESTING.md')];
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  return [...text.matchAll(/\b(?!process_|nodejs_)[a-z]+(?:_[a-z]+)*_(?:total|seconds)\b/g)].map(
    ([name]) => name,
  );
}

describe('the metrics of all services', () => {
  let served: readonly Metric[];

  beforeAll(async () => {
    served = await readServed();
  });

  it('are those of docs/metrics.md, no more and no less (UPDATE_DOCS=1 writes it)', () => {
    const expected = describeAsMarkdown(served);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(reference, expected);

    expect(readFileSync(reference, 'utf8')).toBe(expected);
  });

  it('have the names by which the documents call them', () => {
    const names = new Set(served.map(({ name }) => name));

    expect(namesInDocuments().length).toBeGreaterThan(10);
    expect(namesInDocuments().filter((name) => !names.has(name))).toEqual([]);
  });

  it('have the labels that are promised, and no others', async () => {
    await using system = await hostForTest(
      allServices({ ...env, EVENT_LOG_URL: memory, STREAM_URL: undefined }),
    );
    const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 2, total_amount: 20.5 };
    const { body } = await system.request('/orders', { method: 'POST', body: order });
    await system.request(`/orders/${(body as { id: string }).id}`);

    await eventually(async () => {
      const texts = await readTexts(system);
      const found = Object.keys(promised).map((name) => [name, labelsIn(texts, name)]);
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries(Object.entries(promised).map(([name, labels]) => [name, [labels]])),
      );
    });
  });
});
