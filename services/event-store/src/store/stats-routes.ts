import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import type { Observer } from '../observers/observer';
import type { ObserverRegistry } from '../observers/registry';
import type { Aggregates } from '../snapshots/create-aggregates';
import type { CountedLog } from './count-log';
import type { LogCounts } from './count-store';
import type { Identity } from './identity';
import { byName } from './metrics-routes';
import { sumOf } from './tally';

export interface StatsRoutesDeps {
  readonly identity: Identity;
  readonly counted: Pick<CountedLog, 'counts'>;
  readonly observers: Pick<ObserverRegistry, 'all'>;
  readonly countSnapshots: Aggregates['countSnapshots'];
}

const description =
  'Keeps every event for good: takes them in, gives them back, and hands them on to observers.';

const common = z.object({
  name: z.string(),
  description: z.string(),
  active: z.boolean(),
  /** When the store began to count. */
  created_at: z.string(),
  /** When the newest event was recorded. */
  updated_at: z.string(),
  aggregate_count: z.int(),
});

const amounts = z.record(z.string(), z.int());
const identityBody = z.looseObject({ environment: z.string(), region: z.string() });

const statsBody = common.extend({
  id: z.string(),
  event_store_stats: z.object({
    event_count: z.int(),
    event_types: amounts,
    aggregate_count: z.int(),
    aggregate_types: amounts,
    head_position: z.int(),
    anchor_position: z.int(),
  }),
  event_bus_stats: z.object({
    event_types: z.array(z.string()),
    handlers: z.int(),
    subscribers: z.int(),
  }),
  snapshot_store_stats: z.object({ snapshot_count: z.int(), aggregate_types: amounts }),
  metadata: identityBody,
});

const infoBody = common.extend({
  version: z.string(),
  aggregate_types: z.array(z.string()),
  metadata: identityBody,
});

/** What the store holds, and who it is. */
export function statsRoutes(deps: StatsRoutesDeps): readonly Route[] {
  const { identity, counted } = deps;
  const { metadata } = identity;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/stats',
      role: 'reader',
      summary: 'How much the store holds',
      description: 'Exact, the same on every instance, and after a restart.',
      responses: { 200: statsBody },
      handle: async () => {
        const [counts, observers, snapshots] = await Promise.all([
          counted.counts(),
          deps.observers.all(),
          deps.countSnapshots(),
        ]);
        return reply(200, {
          id: identity.name,
          ...describe(identity, counts),
          event_store_stats: toEventStats(counts),
          event_bus_stats: toBusStats(observers),
          snapshot_store_stats: {
            snapshot_count: Object.values(snapshots).reduce((sum, count) => sum + count, 0),
            aggregate_types: snapshots,
          },
          metadata,
        });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/info',
      role: 'reader',
      summary: 'Who this is',
      responses: { 200: infoBody },
      handle: async () => {
        const counts = await counted.counts();
        const { name, ...rest } = describe(identity, counts);
        return reply(200, {
          name,
          version: '1',
          ...rest,
          aggregate_types: [...counts.aggregates.keys()].sort(),
          metadata,
        });
      },
    }),
  ];
}

function describe({ name }: Identity, { aggregates, createdAt, updatedAt }: LogCounts) {
  return {
    name,
    description,
    active: true,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    aggregate_count: sumOf(aggregates),
  };
}

function toEventStats({ events, aggregates, position, after }: LogCounts) {
  return {
    event_count: sumOf(events),
    event_types: byName(events),
    aggregate_count: sumOf(aggregates),
    aggregate_types: Object.fromEntries(aggregates),
    head_position: position,
    anchor_position: after,
  };
}

function toBusStats(observers: readonly Observer[]) {
  const subscribed = observers.flatMap(({ eventTypes }) => eventTypes);
  return {
    event_types: [...new Set(subscribed)].sort(),
    handlers: subscribed.length,
    subscribers: observers.length,
  };
}
