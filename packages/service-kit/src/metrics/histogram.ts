import type { Metric, Registry } from 'prom-client';

/** One row of a histogram, with its labels already chosen. */
export interface HistogramSeries<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly count: number;
  observe(value: number): void;
}

export interface SeriesHistogram<Label extends string> {
  /** The series with these labels; to be kept by the caller, which is what makes `observe` cheap. */
  series(labels: Readonly<Record<Label, string>>): HistogramSeries<Label>;
  readonly all: readonly HistogramSeries<Label>[];
}

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

/**
 * A histogram for hot paths. prom-client looks its labels up again at each observation, also through `labels()`
 * (0.4 µs against 0.02 µs here, at some 10 µs for a whole request); here a series is found once and then only counts.
 */
export function createSeriesHistogram<Label extends string>(
  registry: Registry,
  { name, help, buckets }: HistogramOptions,
): SeriesHistogram<Label> {
  const all: Series<Label>[] = [];
  const exported = {
    name,
    get: async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: all.flatMap((series) => series.toValues(name)),
    }),
  };
  // the registry asks a metric for no more than its name and `get`
  registry.registerMetric(exported as unknown as Metric);
  return {
    all,
    series(labels) {
      const series = new Series(labels, buckets);
      all.push(series);
      return series;
    },
  };
}

class Series<Label extends string> implements HistogramSeries<Label> {
  count = 0;
  #sum = 0;
  readonly #perBucket: Float64Array;

  constructor(
    readonly labels: Readonly<Record<Label, string>>,
    private readonly buckets: readonly number[],
  ) {
    this.#perBucket = new Float64Array(buckets.length + 1);
  }

  observe(value: number): void {
    let index = 0;
    while (index < this.buckets.length && value > (this.buckets[index] ?? 0)) index += 1;
    this.#perBucket[index] = (this.#perBucket[index] ?? 0) + 1;
    this.count += 1;
    this.#sum += value;
  }

  toValues(name: string) {
    let below = 0;
    const bounds = this.buckets.map((bound, index) => {
      below += this.#perBucket[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { ...this.labels, le: bound }, value: below };
    });
    return [
      ...bounds,
      { metricName: `${name}_bucket`, labels: { ...this.labels, le: '+Inf' }, value: this.count },
      { metricName: `${name}_sum`, labels: this.labels, value: this.#sum },
      { metricName: `${name}_count`, labels: this.labels, value: this.count },
    ];
  }
}
