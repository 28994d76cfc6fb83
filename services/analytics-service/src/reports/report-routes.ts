import type { Clock } from '@fanfare/core';
import type { Route } from '@fanfare/service-kit';
import { rankingRoutes } from './ranking-routes';
import type { ReportStore } from './report-store';
import { statusRoute } from './status-route';
import { timeseriesRoute } from './timeseries-route';

/** Orders by product, by customer, by status and by time. */
export function reportRoutes(deps: {
  readonly reports: ReportStore;
  readonly clock: Clock;
}): readonly Route[] {
  return [...rankingRoutes(deps.reports), statusRoute(deps.reports), timeseriesRoute(deps)];
}
