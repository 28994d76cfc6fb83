import { timestamp } from '@fanfare/contracts';
import { AppError, hasCode } from '@fanfare/core';
import { defineRoute, HttpProblem, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { difference, rebuildStatuses, type Rebuild } from './rebuild';
import type { RebuildStore } from './rebuild-store';

export interface RebuildRoutesDeps {
  readonly rebuilds: Pick<RebuildStore, 'begin' | 'cancel' | 'find' | 'findActive'>;
  readonly newId: () => string;
  /** Called when there is something to do. */
  readonly onBegin: () => void;
}

const rebuildBody = z
  .object({
    id: z.string(),
    status: z.enum(rebuildStatuses),
    shadow: z.boolean(),
    processed: z.int().meta({ description: 'Events that were read and concern the totals' }),
    position: z.int().meta({ description: 'How far the event log was read' }),
    skipped_erased: z.int().meta({ description: 'Events whose data was erased' }),
    skipped_other: z.int().meta({
      description: 'Events that cannot be read, contradict an earlier one, or are of no order that counts',
    }),
    kept_orders: z.int().meta({
      description: 'Orders that the log does not tell of any more: they stay as they were',
    }),
    started_at: timestamp,
    finished_at: timestamp.nullable(),
    difference: difference.nullable(),
    error: z.string().nullable().meta({
      description: 'Why it failed; as long as it runs, what it waits for',
    }),
  })
  .meta({ title: 'Rebuild' });

const params = z.object({ id: z.string() });

/** `POST /analytics/rebuild`, and what becomes of it. */
export function rebuildRoutes(deps: RebuildRoutesDeps): readonly Route[] {
  return [beginRoute(deps), readRoute(deps), cancelRoute(deps)];
}

function beginRoute({ rebuilds, newId, onBegin }: RebuildRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/analytics/rebuild',
    role: 'operator',
    audit: { action: 'rebuild.start', entity: 'rebuild' },
    summary: 'Count all orders anew from the event log, while the totals are served',
    description:
      'Counts beside the totals that are served and puts right what differs, in one step, with the difference in the ' +
      'job. With `shadow` it only tells the difference. Orders that the log does not tell of any more (erased, ' +
      'truncated, never recorded) stay as they are. One at a time.',
    body: z.strictObject({ shadow: z.boolean().default(false) }).optional(),
    responses: {
      202: {
        description: 'It has begun',
        schema: rebuildBody,
        headers: { location: 'Where it can be followed' },
      },
      409: { description: '`already-running`, with the `id` of the one that has not ended' },
    },
    handle: async ({ body }) => {
      const rebuild = await rebuilds.begin(newId(), body?.shadow ?? false).catch(async (error: unknown) => {
        throw hasCode(error, 'already_exists') ? alreadyRunning(await rebuilds.findActive()) : error;
      });
      onBegin();
      return reply(202, toRebuildBody(rebuild), { location: `/analytics/rebuild/${rebuild.id}` });
    },
  });
}

function readRoute({ rebuilds }: RebuildRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/analytics/rebuild/{id}',
    role: 'operator',
    summary: 'How far a rebuild has come, and what it has found',
    params,
    responses: { 200: rebuildBody },
    handle: async ({ params: { id } }) => reply(200, toRebuildBody(found(id, await rebuilds.find(id)))),
  });
}

function cancelRoute({ rebuilds }: RebuildRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/analytics/rebuild/{id}/cancel',
    role: 'operator',
    summary: 'Give up a rebuild; the totals stay as they are',
    params,
    responses: { 200: rebuildBody, 409: { description: 'It has ended otherwise' } },
    handle: async ({ params: { id } }) => {
      await rebuilds.cancel(id);
      const rebuild = found(id, await rebuilds.find(id));
      if (rebuild.status === 'cancelled') return reply(200, toRebuildBody(rebuild));
      throw new AppError('conflict', `rebuild ${id} has ${rebuild.status}`);
    },
  });
}

function found(id: string, rebuild: Rebuild | null): Rebuild {
  if (!rebuild) throw new AppError('not_found', `there is no rebuild ${id}`);
  return rebuild;
}

function alreadyRunning(active: Rebuild | null): HttpProblem {
  return new HttpProblem(409, 'a rebuild has not ended yet', {
    code: 'already-running',
    members: { id: active?.id ?? null },
  });
}

function toRebuildBody(rebuild: Rebuild): z.infer<typeof rebuildBody> {
  const { id, status, processed, position } = rebuild;
  return {
    id,
    status,
    shadow: rebuild.isShadow,
    processed,
    position,
    skipped_erased: rebuild.skippedErased,
    skipped_other: rebuild.skippedOther,
    kept_orders: rebuild.keptOrders,
    started_at: rebuild.startedAt.toISOString(),
    finished_at: rebuild.finishedAt?.toISOString() ?? null,
    difference: rebuild.difference,
    error: rebuild.error,
  };
}
