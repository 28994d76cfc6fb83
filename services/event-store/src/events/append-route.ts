import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { eventBody, toEventParts } from './event-body';
import { identifier } from './identifiers';
import { fromEventParts } from './incoming-event';
import { bodyLimitBytes, syncResults } from './post-events-route';
import { aggregateType, type AppendingDeps } from './publish-route';
import type { Taken } from './take-events';

const maxEvents = 5_000;

const expectedVersion = z.union(
  [z.int().min(0), z.enum(['any', 'none', 'exists'])],
  'must be a whole number from 0, any, none or exists',
);

/** `POST /events/append`. */
export function appendRoute(deps: AppendingDeps): Route {
  const { takeEvents, refuseAppend, check, supportedAggregateTypes, clock, newId } = deps;
  const append = z.strictObject({
    aggregate_id: identifier,
    aggregate_type: aggregateType(supportedAggregateTypes),
    expected_version: expectedVersion,
    events: z.array(eventBody({}, check)).min(1).max(maxEvents),
  });
  const condition = z.strictObject({ aggregate_id: identifier, expected_version: expectedVersion });
  return defineRoute({
    method: 'post',
    path: '/api/v1/events/append',
    role: 'writer',
    summary: 'Append events to several aggregates, all or none',
    description:
      '`expected_version` is that of the last event of the aggregate, `none` when it must have none, `exists` when it ' +
      'must have some, `any` when it does not matter. `checks` says what must hold of further aggregates. Sending the ' +
      'same events with their ids again gets the first answer.',
    body: z
      .strictObject({ appends: z.array(append).min(1).max(maxEvents), checks: z.array(condition).optional() })
      .meta({ title: 'Append' }),
    bodyLimitBytes,
    responses: {
      200: z.object({
        position: z.int(),
        versions: z.record(z.string(), z.int()),
        results: syncResults.optional(),
      }),
      409: { description: 'Another version, another type of aggregate, an id of another event, or a limit' },
    },
    handle: async ({ body: { appends, checks = [] }, trace: { traceparent }, caller }) => {
      const request = {
        appends: appends.map(({ aggregate_id: id, aggregate_type: type, expected_version, events }) => ({
          stream: { id, type },
          expected: expected_version,
          events: events.map((event) =>
            fromEventParts(
              { ...toEventParts(event), subject: event.subject ?? id },
              { clock, newId, traceparent },
            ),
          ),
        })),
        checks: checks.map(({ aggregate_id: streamId, expected_version: expected }) => ({
          streamId,
          expected,
        })),
      };
      const taken = await takeEvents(request, caller).catch(refuseAppend);
      return reply(200, {
        position: taken.position,
        versions: versionsOf(appends, taken),
        results: taken.results,
      });
    },
  });
}

interface Appended {
  readonly aggregate_id: string;
  readonly events: readonly unknown[];
}

/** The version that each aggregate got with its last event; the answer has all events in the order of the request. */
function versionsOf(
  appends: readonly Appended[],
  { events }: Taken,
): Readonly<Record<string, number | null>> {
  let count = 0;
  return Object.fromEntries(
    appends.map(({ aggregate_id: id, events: { length } }) => {
      count += length;
      return [id, events[count - 1]?.version ?? null];
    }),
  );
}
