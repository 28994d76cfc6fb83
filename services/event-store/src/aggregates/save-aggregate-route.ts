import { AppError, type Clock } from '@fanfare/core';
import { defineRoute, HttpProblem, isMatch, reply, toEntityTag, type Route } from '@fanfare/service-kit';
import { VersionConflict, type EventLog, type ExpectedVersion } from '@fanfare/storage';
import { z } from 'zod';
import { fromEventParts } from '../events/incoming-event';
import { bodyLimitBytes } from '../events/post-events-route';
import type { RefuseAppend } from '../events/refuse-append';
import type { TakeEvents } from '../events/take-events';
import { aggregateChangesBody, aggregatePath } from './aggregate-schemas';
import type { JsonObject } from './json-object';

export interface ChangingDeps {
  readonly log: Pick<EventLog, 'findStream'>;
  readonly takeEvents: TakeEvents;
  readonly refuseAppend: RefuseAppend;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** `PUT /aggregates/{id}`. */
export function saveAggregateRoute(deps: ChangingDeps): Route {
  const saveAggregate = createSaveAggregate(deps);
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
      const { changes, expected_version: expectedVersion } = body;
      const version = await saveAggregate({
        id,
        changes,
        expectedVersion,
        traceparent,
        ifMatch: headers['if-match'],
      });
      return reply(200, { message: 'Aggregate saved successfully', version }, { etag: toEntityTag(version) });
    },
  });
}

interface SaveRequest {
  readonly id: string;
  readonly changes: JsonObject;
  readonly expectedVersion: number | undefined;
  readonly ifMatch: string | undefined;
  readonly traceparent: string;
}

function createSaveAggregate({ log, takeEvents, refuseAppend, clock, newId }: ChangingDeps) {
  async function refuse(error: unknown, { id, expectedVersion }: SaveRequest): Promise<never> {
    if (error instanceof VersionConflict && error.currentVersion < 0) throw noAggregate(id);
    // what If-Match was found to match is not the current version any more
    if (error instanceof VersionConflict && expectedVersion === undefined)
      throw noMatch(id, error.currentVersion);
    return refuseAppend(error);
  }

  return async function saveAggregate(request: SaveRequest): Promise<number> {
    const { id, changes, expectedVersion, ifMatch, traceparent } = request;
    const stream = await log.findStream(id);
    if (!stream) throw noAggregate(id);
    if (ifMatch !== undefined && !isMatch(ifMatch, stream.version)) throw noMatch(id, stream.version);
    const expected = expectedVersion ?? toExpected(ifMatch, stream.version);
    const parts = { type: `${stream.name.type}.updated`, subject: id, data: { changes } };
    const updated = fromEventParts(parts, { clock, newId, traceparent });
    const { events } = await takeEvents({
      appends: [{ stream: stream.name, expected, events: [updated] }],
    }).catch((error: unknown) => refuse(error, request));
    return events[0]?.version ?? stream.version + 1;
  };
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
