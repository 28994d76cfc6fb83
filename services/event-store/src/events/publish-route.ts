import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import type { ExpectedVersion } from '@fanfare/storage';
import { z } from 'zod';
import { eventBody, toEventParts } from './event-body';
import type { CheckEvent } from './event-check';
import { identifier } from './identifiers';
import { fromEventParts, type IncomingEventOptions } from './incoming-event';
import { bodyLimitBytes, syncResults } from './post-events-route';
import type { RefuseAppend } from './refuse-append';
import type { TakeEvents } from './take-events';

export interface AppendingDeps extends Omit<IncomingEventOptions, 'traceparent'> {
  readonly takeEvents: TakeEvents;
  readonly refuseAppend: RefuseAppend;
  readonly check: CheckEvent;
  /** Types of aggregates that are taken; undefined takes all. */
  readonly supportedAggregateTypes: readonly string[] | undefined;
}

/** The type of an aggregate, as far as the service was set to take it. */
export function aggregateType(supported: readonly string[] | undefined) {
  return z
    .string()
    .min(1)
    .max(255)
    .refine((type) => supported?.includes(type) ?? true, `must be one of ${supported?.join(', ') ?? ''}`);
}

/** `POST /events/publish`. */
export function publishRoute(deps: AppendingDeps): Route {
  const { takeEvents, refuseAppend, check, supportedAggregateTypes, clock, newId } = deps;
  return defineRoute({
    method: 'post',
    path: '/api/v1/events/publish',
    role: 'writer',
    summary: 'Append an event to an aggregate',
    description:
      '`version` is the one that the event shall have, which is the number of events that the aggregate has; without it ' +
      'the event gets the next. The answer means that it is durable. Sending the same event with its id again gets the ' +
      'first answer, whatever `version` says.',
    body: eventBody(
      {
        aggregate_id: identifier,
        aggregate_type: aggregateType(supportedAggregateTypes),
        version: z.int().min(0).optional(),
      },
      check,
    ).meta({ title: 'NewAggregateEvent' }),
    bodyLimitBytes,
    responses: {
      200: z.object({
        message: z.string(),
        id: z.string(),
        position: z.int(),
        version: z.int(),
        results: syncResults.optional(),
      }),
      409: { description: 'Another version, another type of aggregate, an id of another event, or a limit' },
    },
    handle: async ({ body, trace: { traceparent }, caller }) => {
      const { aggregate_id: aggregateId, aggregate_type: type, version, ...event } = body;
      const parts = { ...toEventParts(event), subject: event.subject ?? aggregateId };
      const incoming = fromEventParts(parts, { clock, newId, traceparent });
      const stream = { id: aggregateId, type };
      const request = { appends: [{ stream, expected: toExpectedVersion(version), events: [incoming] }] };
      const { position, events, results } = await takeEvents(request, caller).catch((error: unknown) =>
        refuseAppend(error, version),
      );
      return reply(200, {
        message: 'Event published successfully',
        id: incoming.event.id,
        position,
        version: events[0]?.version,
        results,
      });
    },
  });
}

/** What must stand before the event that shall have `version`. */
function toExpectedVersion(version: number | undefined): ExpectedVersion {
  if (version === undefined) return 'any';
  return version === 0 ? 'none' : version - 1;
}
