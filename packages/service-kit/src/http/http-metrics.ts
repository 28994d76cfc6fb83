import type { HistogramSeries } from '../metrics/histogram';
import { durationBuckets, type Metrics } from '../metrics/metrics';

type Label = 'method' | 'route' | 'status';

/** Counts the requests of one route. */
export interface RouteMetrics {
  observe(status: number, seconds: number): void;
}

/**
 * `http_requests_total` and `http_request_duration_seconds`, both from one count per route and status, and
 * `http_problems_total{code}`.
 */
export interface HttpMetrics {
  /** `route` is the pattern, never what the client sent. */
  forRoute(method: string, route: string): RouteMetrics;
  /** `code` is the problem's, of which there are few: it tells more than the status. */
  countProblem(code: string): void;
}

export function createHttpMetrics(metrics: Metrics): HttpMetrics {
  const durations = metrics.seriesHistogram<Label>({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    buckets: durationBuckets,
  });
  metrics.counter<Label>({
    name: 'http_requests_total',
    help: 'Answered requests.',
    labels: ['method', 'route', 'status'],
    collect(counter) {
      counter.reset();
      for (const { labels, count } of durations.all) counter.inc(labels, count);
    },
  });
  const problems = metrics.counter({
    name: 'http_problems_total',
    help: 'Requests that were answered with a problem, by its code.',
    labels: ['code'],
  });
  return {
    countProblem(code) {
      problems.inc({ code });
    },
    forRoute(method, route) {
      const byStatus = new Map<number, HistogramSeries<Label>>();
      return {
        observe(status, seconds) {
          let series = byStatus.get(status);
          if (!series) {
            series = durations.series({ method, route, status: String(status) });
            byStatus.set(status, series);
          }
          series.observe(seconds);
        },
      };
    },
  };
}
