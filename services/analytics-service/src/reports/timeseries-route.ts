import { timestamp } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import { defineRoute, HttpProblem, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { timeBuckets } from '../orders/time-bucket';
import type { ReportStore } from './report-store';
import { tallyFields, toTallyBody } from './tally-body';
import { countPoints, spanOf, startsIn, type TimeSpan } from './time-span';

const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], 'must be an ISO 8601 time or date')
  .transform((text) => new Date(text))
  .meta({ type: 'string' });

const seriesQuery = z
  .strictObject({
    bucket: z.enum(timeBuckets, `must be one of ${timeBuckets.join(', ')}`).default('hour'),
    from: moment.optional(),
    to: moment.optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['to'],
    message: 'must be after from',
  });

/** A day of minutes fits. */
const maxPoints = 1_500;
const nothing = { orders: 0, cancelledOrders: 0, quantity: 0, revenueMinor: 0 };

export interface TimeseriesRouteDeps {
  readonly reports: Pick<ReportStore, 'readTimes'>;
  readonly clock: Clock;
}

/** `GET /analytics/timeseries`. */
export function timeseriesRoute({ reports, clock }: TimeseriesRouteDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/analytics/timeseries',
    role: 'reader',
    summary: 'Totals by the minute, hour or day in which orders were placed',
    description:
      'One point for each bucket (UTC) that shares some time with `from` to `to`, oldest first, also those without ' +
      'orders. `to` is now unless given; `from` is such that it makes 60 minutes, 24 hours or 30 days. At most ' +
      `${maxPoints} points. An order that is cancelled leaves the revenue of the bucket in which it was placed.`,
    query: seriesQuery,
    responses: { 200: z.array(z.object({ start: timestamp, ...tallyFields })) },
    handle: async ({ query: { bucket, from, to } }) => {
      const span = spanOf(bucket, { from, to, now: clock.now() });
      requireFewPoints(span);
      const points = await reports.readTimes(bucket, span.fromMs, span.toMs);
      const byStart = new Map(points.map((point) => [point.startAtMs, point]));
      return reply(
        200,
        startsIn(span).map((startAtMs) => ({
          start: new Date(startAtMs).toISOString(),
          ...toTallyBody(byStart.get(startAtMs) ?? nothing),
        })),
      );
    },
  });
}

function requireFewPoints(span: TimeSpan): void {
  const points = countPoints(span);
  if (points <= maxPoints) return;
  const message = `makes ${points} points of a ${span.bucket}; at most ${maxPoints} can be had`;
  throw new HttpProblem(400, 'the query does not fit', { errors: [{ field: 'from', message }] });
}
