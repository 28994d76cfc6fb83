import { hasCode } from '@fanfare/core';
import { defineRoute, HttpProblem, reply, toEntityTag, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { fromEventParts } from '../events/incoming-event';
import { bodyLimitBytes } from '../events/post-events-route';
import { newAggregateBody } from './aggregate-schemas';
import type { ChangingDeps } from './save-aggregate-route';

export interface CreateAggregateDeps extends ChangingDeps {
  /** Types of aggregates that are taken; undefined takes all. */
  readonly supportedAggregateTypes: readonly string[] | undefined;
}

/** `POST /aggregates`. */
export function createAggregateRoute(deps: CreateAggregateDeps): Route {
  const { log, takeEvents, refuseAppend, clock, newId, supportedAggregateTypes } = deps;

  async function refuse(error: unknown, id: string): Promise<never> {
    if (hasCode(error, 'conflict') && (await log.findStream(id)))
      throw new HttpProblem(409, `there is an aggregate ${id} already`, { code: 'already-exists' });
    return refuseAppend(error);
  }

  return defineRoute({
    method: 'post',
    path: '/api/v1/aggregates',
    role: 'writer',
    summary: 'Create an aggregate',
    description: 'Its version 0 is an event `<type>.created` with the initial state as data.',
    body: newAggregateBody(supportedAggregateTypes),
    bodyLimitBytes,
    responses: {
      201: {
        description: 'It was created',
        schema: z.object({ message: z.string(), aggregate: z.string() }),
        headers: { location: 'Where it is', etag: 'Its version, for If-Match' },
      },
      409: { description: 'There is an aggregate of this id, of whatever type, or a limit is reached' },
    },
    handle: async ({ body: { type, id, initial_state: data }, trace: { traceparent } }) => {
      const parts = { type: `${type}.created`, subject: id, data };
      const created = fromEventParts(parts, { clock, newId, traceparent });
      await takeEvents({
        appends: [{ stream: { id, type }, expected: 'none', events: [created] }],
      }).catch((error: unknown) => refuse(error, id));
      return reply(
        201,
        { message: 'Aggregate created successfully', aggregate: id },
        { location: `/api/v1/aggregates/${encodeURIComponent(id)}`, etag: toEntityTag(0) },
      );
    },
  });
}
