import { eventNameOf } from '@fanfare/contracts';
import {
  defineRoute,
  problemBody,
  problemReply,
  reply,
  toHttpProblem,
  type Caller,
  type Route,
  type RouteRequest,
} from '@fanfare/service-kit';
import { z } from 'zod';
import type { CheckEvent } from './event-check';
import { eventBody } from './event-body';
import type { PostedEvent, PostedEvents } from './read-posted-events';
import type { RefuseAppend } from './refuse-append';
import type { TakeEvents } from './take-events';

export interface PostEventsDeps {
  readonly readPostedEvents: (request: RouteRequest<unknown, unknown, unknown>) => PostedEvents;
  readonly takeEvents: TakeEvents;
  readonly refuseAppend: RefuseAppend;
  readonly check: CheckEvent;
}

/** Of every request that brings events; their data is limited on its own. */
export const bodyLimitBytes = 2 * 2 ** 20;

export const syncResults = z
  .array(z.object({ observer_id: z.string(), ok: z.boolean(), error: z.string().optional() }))
  .meta({ description: 'What observers that are not async came to; left out when there is none' });

const takenBody = z
  .object({ id: z.string(), position: z.int(), type: z.string(), results: syncResults.optional() })
  .meta({ title: 'TakenEvent' });

const batchBody = z.object({
  results: z.array(
    z.object({
      id: z.string().nullable(),
      status: z.int(),
      position: z.int().optional(),
      results: syncResults.optional(),
      problem: problemBody.optional(),
    }),
  ),
});

/** `POST /events`. */
export function postEventsRoute(deps: PostEventsDeps): Route {
  const { readPostedEvents, check } = deps;
  const own = eventBody({}, check).meta({ title: 'NewEvent' });
  const cloudEvent = z.looseObject({}).meta({ title: 'CloudEvent' });
  return defineRoute({
    method: 'post',
    path: '/api/v1/events',
    role: 'writer',
    summary: 'Record events',
    description:
      'Takes one event in the JSON of the service, a list of up to 1,000, or CloudEvents in structured, binary or batch ' +
      'mode; gzip is understood. The answer means that they are durable. An event belongs to no aggregate. Sending the ' +
      'same event with its id again is safe: it gets the first answer with 200. Of a list each event is answered in its ' +
      'order, and one that is refused harms no other.',
    rawBody: {
      limitBytes: bodyLimitBytes,
      content: {
        'application/json': z.union([own, z.array(own)]),
        'application/cloudevents+json': cloudEvent,
        'application/cloudevents-batch+json': z.array(cloudEvent),
      },
    },
    responses: {
      200: { description: 'It was recorded before', schema: takenBody },
      202: { description: 'Recorded', schema: z.union([takenBody, batchBody]) },
      207: { description: 'Some events of the list were refused', schema: batchBody },
      409: { description: 'The id belongs to another event, or a limit is reached' },
    },
    handle: async (request) => {
      const { isBatch, events } = readPostedEvents(request);
      if (isBatch) return replyToBatch(deps, events, request);
      const [only] = events;
      if (!only) throw new Error('a request that is no batch has one event');
      const { status, ...taken } = await take(deps, only, request.caller);
      return reply(status, taken, { location: `/api/v1/events/${encodeURIComponent(taken.id)}` });
    },
  });
}

async function take(
  { takeEvents, refuseAppend }: PostEventsDeps,
  posted: PostedEvent,
  caller: Pick<Caller, 'roles'>,
) {
  const incoming = posted.read();
  const request = { appends: [{ stream: null, expected: 'any' as const, events: [incoming] }] };
  const { position, events, results } = await takeEvents(request, caller).catch(refuseAppend);
  const { id, type } = incoming.event;
  const isRepeated = events.every((event) => event.isRepeated);
  return {
    id,
    position,
    type: eventNameOf(type),
    ...(results && { results }),
    status: isRepeated ? 200 : 202,
  };
}

type Answered = Pick<RouteRequest<unknown, unknown, unknown>, 'url' | 'requestId' | 'caller'>;

async function replyToBatch(deps: PostEventsDeps, events: readonly PostedEvent[], request: Answered) {
  // all are handed over before the first is waited for: they share commits and keep their order
  const results = await Promise.all(
    events.map(async (posted) => {
      try {
        const { id, status, position, results } = await take(deps, posted, request.caller);
        return { id, status, position, ...(results && { results }) };
      } catch (error) {
        return refuseItem(posted, error, request);
      }
    }),
  );
  const isAllTaken = results.every(({ status }) => status < 300);
  return reply(isAllTaken ? 202 : 207, { results });
}

function refuseItem({ id }: PostedEvent, error: unknown, request: Answered) {
  const problem = toHttpProblem(error);
  // not the event's fault: the whole list can be sent again
  if (problem.status >= 500) throw error;
  return { id, status: problem.status, problem: problemReply(problem, request).body };
}
