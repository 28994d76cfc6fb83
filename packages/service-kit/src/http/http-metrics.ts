import type { HistogramSeries } from '../histogram';
import { durationBuckets, type Metrics } from '../metrics';

type Label = 'method' | 'route' | 'status';

/** Counts the requests of one route. */
export interface RouteMetrics {
  observe(status: number, seconds: number): void;
}

/** `http_requests_total` and `http_request_duration_seconds`, both from one count per route and status. */
export interface HttpMetrics {
  /** `route` is the pattern, never what the client sent. */
  forRoute(method: string, route: string): RouteMetrics;
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
  return {
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
