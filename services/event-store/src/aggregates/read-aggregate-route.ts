import { defineRoute, reply, toEntityTag, type Route } from '@fanfare/service-kit';
import { maskFor } from '../privacy/mask';
import { aggregateBody, aggregatePath, asOfQuery, toAggregateBody } from './aggregate-schemas';
import type { LoadAggregate } from './load-aggregate';
import { refuseTruncated } from './refuse-truncated';
import { noAggregate } from './save-aggregate-route';

export interface ReadAggregateDeps {
  readonly loadAggregate: LoadAggregate;
}

/** `GET /aggregates/{id}`. */
export function readAggregateRoute({ loadAggregate }: ReadAggregateDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/aggregates/{id}',
    role: 'reader',
    summary: 'Read an aggregate, as it is or as it was',
    description:
      'The fold of its events: of all, of those up to `version`, or of those that were recorded until `at`. The state of ' +
      'an aggregate whose data was erased is null.',
    params: aggregatePath,
    query: asOfQuery,
    responses: {
      200: {
        description: 'The aggregate',
        schema: aggregateBody,
        headers: { etag: 'Its version, for If-Match' },
      },
      404: { description: 'There is no such aggregate, or was none yet' },
      410: { description: 'What tells of this version was truncated' },
    },
    handle: async ({ params: { id }, query, caller }) => {
      const aggregate = await loadAggregate(id, query).catch(refuseTruncated);
      if (!aggregate) throw noAggregate(id);
      return reply(200, maskFor(caller, toAggregateBody(aggregate)), {
        etag: toEntityTag(aggregate.version),
      });
    },
  });
}
