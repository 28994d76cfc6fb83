import { AppError, type Clock } from '@fanfare/core';
import { defineRoute, HttpProblem, isMatch, reply, toEntityTag, type Route } from '@fanfare/service-kit';
import { VersionConflict, type EventLog, type ExpectedVersion } from '@fanfare/storage';
import { z } from 'zod';
import { fromEventParts } from '../events/incoming-event';
import { bodyLimitBytes } from '../events/post-events-route';
import type { RefuseAppend } from '../events/refuse-append';
import type { TakeEvents } from '../events/take-events';
import { aggregateChangesBody, aggregatePath } from './aggregate-schemas';

export interface ChangingDeps {
  readonly log: Pick<EventLog, 'findStream'>;
  readonly takeEvents: TakeEvents;
  readonly refuseAppend: RefuseAppend;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** `PUT /aggregates/{id}`. */
export function saveAggregateRoute({ log, takeEvents, refuseAppend, clock, newId }: ChangingDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/api/v1/aggregates/{id}',
    role: 'writer',
    summary: 'Change an aggregate',
    description:
      'Appends one event `<type>.updated` with the changes, a JSON merge patch (RFC 7396) of its state. With ' +
      '`expected_version` or `If-Match` only if nobody has changed it since.',
    params: aggregatePath,
    body: aggregateChangesBody,
    bodyLimitBytes,
    requestHeaders: { 'if-match': 'Entity tags, or `*`: changed only when the current one is among them' },
    responses: {
      200: {
        description: 'It was changed',
        schema: z.object({ message: z.string(), version: z.int() }),
        headers: { etag: 'Its version, for If-Match' },
      },
      404: { description: 'There is no such aggregate' },
      409: { description: 'It has another version than expected, or a limit is reached' },
      412: { description: 'It has another version than If-Match asks for' },
    },
    handle: async ({ params: { id }, body, headers, trace: { traceparent } }) => {
      const stream = await log.findStream(id);
      if (!stream) throw noAggregate(id);
      const ifMatch = headers['if-match'];
      const refuse = async (error: unknown): Promise<never> => {
        if (!(error instanceof VersionConflict)) return refuseAppend(error);
        if (error.currentVersion < 0) throw noAggregate(id);
        // the version that was found to match is not the current one any more
        if (body.expected_version === undefined) throw noMatch(id, error.currentVersion);
        return refuseAppend(error);
      };
      if (ifMatch !== undefined && !isMatch(ifMatch, stream.version)) throw noMatch(id, stream.version);
      const expected = body.expected_version ?? toExpected(ifMatch, stream.version);
      const parts = { type: `${stream.name.type}.updated`, subject: id, data: { changes: body.changes } };
      const updated = fromEventParts(parts, { clock, newId, traceparent });
      const { events } = await takeEvents({
        appends: [{ stream: stream.name, expected, events: [updated] }],
      }).catch(refuse);
      const version = events[0]?.version ?? stream.version + 1;
      return reply(200, { message: 'Aggregate saved successfully', version }, { etag: toEntityTag(version) });
    },
  });
}

function toExpected(ifMatch: string | undefined, version: number): ExpectedVersion {
  return ifMatch === undefined || ifMatch.trim() === '*' ? 'exists' : version;
}

function noMatch(id: string, version: number): HttpProblem {
  const etag = toEntityTag(version);
  return new HttpProblem(412, `${id} has the entity tag ${etag} now`, { headers: { etag } });
}

export function noAggregate(id: string): AppError {
  return new AppError('not_found', `there is no aggregate ${id}`);
}
