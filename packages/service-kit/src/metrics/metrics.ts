import type { Cache, PoolState } from '@fanfare/storage';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { createSeriesHistogram, type HistogramOptions, type SeriesHistogram } from './histogram';

export interface MetricOptions<Label extends string = string> {
  /** snake_case; counters end in `_total`, durations in `_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export interface CounterOptions<Label extends string> extends MetricOptions<Label> {
  /** Called at each scrape, to set what is only then looked at. */
  readonly collect?: (counter: Counter<Label>) => void;
}

export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /** Called at each scrape, to set what is only then looked at. */
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>;
}

/** The metrics of one service. Values of labels must come from a small fixed set: no ids, no raw paths. */
export interface Metrics {
  counter<Label extends string = never>(options: CounterOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: GaugeOptions<Label>): Gauge<Label>;
  histogram<Label extends string = never>(
    options: MetricOptions<Label> & { readonly buckets?: readonly number[] },
  ): Histogram<Label>;
  /** A histogram for hot paths, whose series are found once and kept by the caller. */
  seriesHistogram<Label extends string>(options: HistogramOptions): SeriesHistogram<Label>;
  /** All metrics in the Prometheus text format. */
  render(): Promise<string>;
  /** Gives labels to every series. */
  label(labels: Readonly<Record<string, string>>): void;
  readonly contentType: string;
}

/** Makes the metrics of a service, which begin with those of the process unless it is not measured. */
export function createMetrics({ isMeasured = true } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (isMeasured) collectDefaultMetrics({ register: registry });
  for (const name of misnamedDefaults) registry.removeSingleMetric(name);
  return {
    counter<Label extends string>({ name, help, labels = [], collect }: CounterOptions<Label>) {
      const counter = new Counter<Label>({
        name,
        help,
        labelNames: labels,
        registers,
        ...(collect && {
          collect: () => {
            collect(counter);
          },
        }),
      });
      return counter;
    },
    gauge<Label extends string>({ name, help, labels = [], collect }: GaugeOptions<Label>) {
      const gauge: Gauge<Label> = new Gauge<Label>({
        name,
        help,
        labelNames: labels,
        registers,
        ...(collect && { collect: () => collect(gauge) }),
      });
      return gauge;
    },
    histogram: ({ name, help, labels = [], buckets = durationBuckets }) =>
      new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers }),
    seriesHistogram: (options) => createSeriesHistogram(registry, options),
    render: () => registry.metrics(),
    label: (labels) => {
      registry.setDefaultLabels({ ...labels });
    },
    contentType: registry.contentType,
  };
}

/**
 * The metrics of all services as one text, each series with the label `service`; those of one service as they are. A family
 * that several services have stands there once, as the format wants it.
 */
export function mergeMetrics(
  all: readonly { readonly service: string; readonly metrics: Metrics }[],
): Pick<Metrics, 'render'> & { readonly contentType: string } {
  if (all.length > 1) for (const { service, metrics } of all) metrics.label({ service });
  return {
    contentType: all[0]?.metrics.contentType ?? 'text/plain',
    async render() {
      const texts = await Promise.all(all.map(({ metrics }) => metrics.render()));
      const families = new Map<string, string[]>();
      for (const family of texts.flatMap((text) => text.trim().split('\n\n'))) {
        const [help = '', type = '', ...samples] = family.split('\n');
        const [, , name = ''] = help.split(' ');
        const gathered = families.get(name) ?? [help, type];
        families.set(name, [...gathered, ...samples]);
      }
      return `${[...families.values()].map((lines) => lines.join('\n')).join('\n\n')}\n`;
    },
  };
}

/** Gauges of the client library with the suffix of counters; each is the sum over the types of the gauge without it. */
const misnamedDefaults = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
] as const;

/** Bounds in seconds that suit a request: 0.5 ms to 10 s. */
export const durationBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Shows the connections of a database at each scrape, or those of something else under another name. */
export function measurePool(
  metrics: Metrics,
  poolState: () => PoolState,
  { name, help }: MetricOptions = {
    name: 'database_pool_connections',
    help: 'Database connections in use and idle, and callers that wait for one.',
  },
): void {
  metrics.gauge({
    name,
    help,
    labels: ['state'],
    collect(gauge) {
      const { used, idle, waiting } = poolState();
      gauge.set({ state: 'used' }, used);
      gauge.set({ state: 'idle' }, idle);
      gauge.set({ state: 'waiting' }, waiting);
    },
  });
}

/** The same cache, counting what its reads found: `cache_requests_total{result=hit|miss|error}`. */
export function measureCache(metrics: Metrics, cache: Cache): Cache {
  const requests = metrics.counter({
    name: 'cache_requests_total',
    help: 'Reads of the cache by what they found.',
    labels: ['result'],
  });
  const [hit, miss, failed] = ['hit', 'miss', 'error'].map((result) => requests.labels(result));
  for (const result of ['hit', 'miss', 'error']) requests.inc({ result }, 0);
  return {
    async get(key) {
      try {
        const found = await cache.get(key);
        (found ? hit : miss)?.inc();
        return found;
      } catch (error) {
        failed?.inc();
        throw error;
      }
    },
    set: (key, value, ttlMs) => cache.set(key, value, ttlMs),
    delete: (key) => cache.delete(key),
    ping: () => cache.ping(),
    close: () => cache.close(),
  };
}
