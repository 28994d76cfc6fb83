import { eventNameOf } from '@fanfare/contracts';
import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import type { DeliveryCounts, ProcessingTimes } from '../deliveries/delivery-counts';
import type { CountedLog } from './count-log';
import { sumOf, type Amounts } from './tally';

export interface MetricsRoutesDeps {
  readonly counted: Pick<CountedLog, 'counts'>;
  readonly deliveries: DeliveryCounts;
}

const amounts = z.record(z.string(), z.int());
const milliseconds = z.number();
const processingTime = z.object({
  count: z.int(),
  mean: milliseconds,
  p50: milliseconds,
  p95: milliseconds,
  p99: milliseconds,
  max: milliseconds,
});

const eventsBody = z.object({ event_counts: amounts, total_events: z.int() });
const errorsBody = z.object({ error_counts: amounts, observers: amounts, total_errors: z.int() });
const timesBody = z.object({ processing_times: z.record(z.string(), processingTime) });
const metricsBody = eventsBody
  .extend(errorsBody.omit({ observers: true }).shape)
  .extend(timesBody.shape)
  .extend({ average_time: milliseconds });

const promise = 'The same on every instance, and after a restart.';

/** Figures as JSON; for Prometheus they stand under `/metrics`. */
export function metricsRoutes({ counted, deliveries }: MetricsRoutesDeps): readonly Route[] {
  const events = async () => {
    const { events: counts } = await counted.counts();
    return { event_counts: byName(counts), total_events: sumOf(counts) };
  };
  const errors = async () => {
    const { byType, byObserver, total } = await deliveries.errors();
    return {
      error_counts: Object.fromEntries(byType),
      observers: Object.fromEntries(byObserver),
      total_errors: total,
    };
  };
  const times = async () => {
    const byType = await deliveries.processingTimes();
    return {
      processing_times: Object.fromEntries([...byType].map(([type, time]) => [type, toTimeBody(time)])),
    };
  };

  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/metrics',
      role: 'reader',
      summary: 'Events, failed deliveries and the time that deliveries took',
      description: promise,
      responses: { 200: metricsBody },
      handle: async () => {
        const { error_counts, total_errors } = await errors();
        const took = await times();
        return reply(200, {
          ...(await events()),
          error_counts,
          total_errors,
          ...took,
          average_time: meanOf(Object.values(took.processing_times)),
        });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/metrics/events',
      role: 'reader',
      summary: 'How many events of each type the log holds',
      description: promise,
      responses: { 200: eventsBody },
      handle: async () => reply(200, await events()),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/metrics/errors',
      role: 'reader',
      summary: 'Failed attempts to deliver, by type of event and by observer',
      description: promise,
      responses: { 200: errorsBody },
      handle: async () => reply(200, await errors()),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/metrics/processing-times',
      role: 'reader',
      summary: 'How long deliveries took, by type of event',
      description: `In milliseconds. ${promise}`,
      responses: { 200: timesBody },
      handle: async () => reply(200, await times()),
    }),
  ];
}

/** All versions of a type count under its name. */
export function byName(counts: Amounts): Record<string, number> {
  const named = new Map<string, number>();
  for (const [type, amount] of counts) {
    const name = eventNameOf(type);
    named.set(name, (named.get(name) ?? 0) + amount);
  }
  return Object.fromEntries(named);
}

function toTimeBody({ count, meanMs, p50Ms, p95Ms, p99Ms, maxMs }: ProcessingTimes) {
  return { count, mean: meanMs, p50: p50Ms, p95: p95Ms, p99: p99Ms, max: maxMs };
}

function meanOf(times: readonly z.infer<typeof processingTime>[]): number {
  const count = times.reduce((sum, time) => sum + time.count, 0);
  const total = times.reduce((sum, time) => sum + time.count * time.mean, 0);
  return count === 0 ? 0 : total / count;
}
