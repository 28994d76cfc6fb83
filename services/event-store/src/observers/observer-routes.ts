import type { CheckEndpoint } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import { defineRoute, HttpProblem, pageQuery, reply, type Route, toPage } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import { z } from 'zod';
import type { DeliveryStates } from '../deliveries/delivery-states';
import { findMisfit } from './find-misfit';
import { assertDefinition, isSameDefinition, type Observer } from './observer';
import {
  changeObserver,
  fromNewObserverBody,
  observerBody,
  observerStateBody,
  toObserverBody,
  toObserverStateBody,
} from './observer-body';
import { newObserverBody, observerChange, observerPath } from './observer-schemas';
import type { ObserverPlace, ObserverStore } from './observer-store';
import { noSuchObserver, type ObserverRegistry } from './registry';
import { findStartPosition } from './start-position';

export interface ObserverRoutesDeps {
  readonly registry: ObserverRegistry;
  readonly store: Pick<ObserverStore, 'list'>;
  readonly states: Pick<DeliveryStates, 'find'>;
  readonly log: Pick<EventLog, 'head' | 'read'>;
  readonly checkEndpoint: CheckEndpoint;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
}

const bodyLimitBytes = 2 * 1_048_576;

/** Who is told of events: making, reading, changing and removing observers. */
export function observerRoutes(deps: ObserverRoutesDeps): readonly Route[] {
  return [
    addRoute(deps),
    listRoute(deps),
    readRoute(deps),
    changeRoute('put', deps),
    changeRoute('patch', deps),
    removeRoute(deps),
  ];
}

function addRoute({ registry, log, checkEndpoint, clock, newId }: ObserverRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/observers',
    role: 'operator',
    summary: 'Make an observer',
    description:
      'It gets what follows `start_from`: `now`, `beginning`, a position (excluded), or the first event recorded at or ' +
      'after a time. With `endpoint` each event is posted there, or put where it leads at a broker that operators have named ' +
      '(`kafka://<broker>/<topic>`, `amqp://<broker>/<exchange>?routing_key=…`); without it is kept in the observer’s ' +
      'mailbox. ' +
      'The same request again is answered 200, another one under the same id 409.',
    body: newObserverBody,
    bodyLimitBytes,
    responses: {
      201: {
        description: 'The observer',
        schema: observerBody,
        headers: { location: 'Path of the observer' },
      },
      200: { description: 'The observer, which is there already', schema: observerBody },
      409: { description: 'There is another observer with this id' },
    },
    handle: async ({ body }) => {
      const asked = fromNewObserverBody(body, body.id ?? newId(), clock.now());
      assertDefinition(asked);
      requireFit(asked);
      const existing = await registry.find(asked.id);
      if (existing) return answerSame(existing, asked);
      await requireEndpoint(asked, checkEndpoint);
      const position = await findStartPosition(log, asked.startFrom);
      if (position === null) throw refuseField('start_from', 'lies beyond the end of the log');
      if (!(await registry.add(asked, position))) {
        const winner = await registry.find(asked.id);
        if (!winner) throw noSuchObserver(asked.id);
        return answerSame(winner, asked);
      }
      const location = `/api/v1/observers/${encodeURIComponent(asked.id)}`;
      return reply(201, toObserverBody(asked), { location });
    },
  });
}

function answerSame(existing: Observer, asked: Observer) {
  if (isSameDefinition(existing, asked)) return reply(200, toObserverBody(existing));
  throw new HttpProblem(409, `there is another observer ${asked.id}; PUT or PATCH changes it`, {
    code: 'already-exists',
  });
}

async function requireEndpoint({ endpoint }: Observer, checkEndpoint: CheckEndpoint): Promise<void> {
  const problem = endpoint === null ? null : await checkEndpoint(endpoint);
  if (problem !== null) throw refuseField('endpoint', problem);
}

/** Refuses settings that do not go together. */
function requireFit(observer: Observer): Observer {
  const misfit = findMisfit(observer);
  if (misfit) throw refuseField(misfit.field, misfit.message);
  return observer;
}

function refuseField(field: string, message: string): HttpProblem {
  return new HttpProblem(400, 'the body does not fit', { errors: [{ field, message }] });
}

/** When the last observer of a page was made, and its id. */
const placeKey = /^(\d{1,16}) (.{1,255})$/;

function listRoute({ store, states, log }: ObserverRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/observers',
    role: 'reader',
    summary: 'List observers, oldest first',
    query: pageQuery({}, placeKey),
    responses: {
      200: z.object({ observers: z.array(observerStateBody), next_cursor: z.string().nullable() }),
    },
    handle: async ({ query: { limit, order, offset = 0, cursor } }) => {
      const after = cursor === undefined ? null : readPlace(cursor);
      const found = await store.list({ after, order, limit: limit + 1, offset });
      const { items, nextCursor } = toPage(
        found,
        limit,
        ({ id, createdAt }) => `${createdAt.getTime()} ${id}`,
      );
      return reply(200, { observers: await withStates(items, { states, log }), next_cursor: nextCursor });
    },
  });
}

function readPlace(key: string): ObserverPlace {
  const [, at = '', id = ''] = placeKey.exec(key) ?? [];
  return { createdAt: new Date(Number(at)), id };
}

/** One that was removed just now has no state any more, and is left out. */
async function withStates(
  observers: readonly Observer[],
  { states, log }: Pick<ObserverRoutesDeps, 'states' | 'log'>,
) {
  const byId = await states.find(observers.map(({ id }) => id));
  const head = await log.head();
  return observers.flatMap((observer) => {
    const state = byId.get(observer.id);
    return state ? [toObserverStateBody(observer, state, head)] : [];
  });
}

function readRoute({ registry, states, log }: ObserverRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/observers/{id}',
    role: 'reader',
    summary: 'Read an observer, with how far it has come',
    params: observerPath,
    responses: { 200: observerStateBody, 404: { description: 'There is no such observer' } },
    handle: async ({ params: { id } }) => {
      const observer = await registry.find(id);
      const [body] = observer ? await withStates([observer], { states, log }) : [];
      if (!body) throw noSuchObserver(id);
      return reply(200, body);
    },
  });
}

function changeRoute(method: 'put' | 'patch', { registry, checkEndpoint }: ObserverRoutesDeps): Route {
  return defineRoute({
    method,
    path: '/api/v1/observers/{id}',
    role: 'operator',
    summary: 'Change an observer',
    description:
      'What is left out stays as it is, with PUT as with PATCH; null takes back what has no default. The cursor stays ' +
      'where it is: disabled observers miss nothing, and what waits goes to the new endpoint. To exchange the secret ' +
      'without a gap, send the new and the old one as a list: both sign, until only one is sent.',
    params: observerPath,
    body: observerChange,
    bodyLimitBytes,
    responses: { 200: observerBody, 404: { description: 'There is no such observer' } },
    handle: async ({ params: { id }, body }) => {
      if (body.id !== undefined && body.id !== id) throw refuseField('id', 'cannot be changed');
      const current = await registry.find(id);
      if (!current) throw noSuchObserver(id);
      const asked = changeObserver(current, body);
      if (asked.endpoint !== current.endpoint) await requireEndpoint(asked, checkEndpoint);
      const changed = await registry.change(id, (newest) => requireFit(changeObserver(newest, body)));
      return reply(200, toObserverBody(changed));
    },
  });
}

function removeRoute({ registry }: ObserverRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/api/v1/observers/{id}',
    role: 'operator',
    summary: 'Remove an observer',
    description:
      'With its subscriptions, cursor and dead letters. Once this is answered, nothing is delivered to it.',
    params: observerPath,
    responses: {
      204: { description: 'It is gone' },
      404: { description: 'There is no such observer' },
    },
    handle: async ({ params: { id } }) => {
      await registry.remove(id);
      return reply(204);
    },
  });
}
