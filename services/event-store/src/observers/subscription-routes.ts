import { AppError } from '@fanfare/core';
import { defineRoute, HttpProblem, pageQuery, reply, type Route, toPage } from '@fanfare/service-kit';
import { z } from 'zod';
import { eventType, maxTypes } from './observer-schemas';
import type { Observer } from './observer';
import type { ObserverRegistry } from './registry';
import {
  findSubscriptions,
  isSameType,
  keyOf,
  skipTo,
  subscription,
  subscriptionKey,
  type Subscription,
} from './subscription';

export interface SubscriptionRoutesDeps {
  readonly registry: ObserverRegistry;
}

/** Which observer is told of which types: the `event_types` of all observers, one by one. */
export function subscriptionRoutes(deps: SubscriptionRoutesDeps): readonly Route[] {
  return [subscribeRoute(deps), unsubscribeRoute(deps), listRoute(deps)];
}

function subscribeRoute({ registry }: SubscriptionRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/subscriptions',
    role: 'operator',
    summary: 'Tell an observer of one more type, or of all that fit a pattern',
    body: subscription,
    responses: {
      201: subscription,
      200: { description: 'It is told of them already', schema: subscription },
      404: { description: 'There is no such observer' },
      409: { description: `It is told of ${maxTypes} types and patterns already` },
    },
    handle: async ({ body }) => {
      let status = 201;
      await registry.change(body.observer_id, (observer) => {
        const isKnown = observer.eventTypes.some((type) => isSameType(type, body.event_type));
        status = isKnown ? 200 : 201;
        return isKnown ? observer : addType(observer, body.event_type);
      });
      return reply(status, body);
    },
  });
}

function addType(observer: Observer, type: string): Observer {
  const eventTypes = [...observer.eventTypes, type];
  if (eventTypes.length > maxTypes)
    throw new AppError('conflict', `observer ${observer.id} cannot have more than ${maxTypes} subscriptions`);
  return { ...observer, eventTypes };
}

function unsubscribeRoute({ registry }: SubscriptionRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/api/v1/subscriptions',
    role: 'operator',
    summary: 'No longer tell an observer of a type',
    description: 'Both fields stand either in the body or in the query.',
    query: subscription.partial(),
    body: subscription.partial().optional(),
    responses: {
      204: { description: 'It is told of them no longer' },
      404: { description: 'There is no such observer, or it has no such subscription' },
    },
    handle: async ({ query, body }) => {
      const { observer_id: id, event_type: type } = requireBoth({ ...query, ...body });
      await registry.change(id, (observer) => {
        const eventTypes = observer.eventTypes.filter((other) => !isSameType(other, type));
        if (eventTypes.length === observer.eventTypes.length) {
          throw new AppError('not_found', `observer ${id} is not subscribed to ${type}`);
        }
        return { ...observer, eventTypes };
      });
      return reply(204);
    },
  });
}

function requireBoth(given: { [Field in keyof Subscription]?: string | undefined }): Subscription {
  const { observer_id, event_type } = given;
  if (observer_id !== undefined && event_type !== undefined) return { observer_id, event_type };
  const missing = (['observer_id', 'event_type'] as const).filter((field) => given[field] === undefined);
  throw new HttpProblem(400, 'body and query do not fit', {
    errors: missing.map((field) => ({ field, message: 'is required' })),
  });
}

const listQuery = pageQuery(
  { observer_id: z.string().optional(), event_type: eventType.optional() },
  subscriptionKey,
);

function listRoute({ registry }: SubscriptionRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/subscriptions',
    role: 'reader',
    summary: 'List subscriptions, by observer and type',
    description:
      '`event_type` leaves those that events of this type reach, also by a pattern. `count` and `event_types` are about ' +
      'all that fit, not just those of the page.',
    query: listQuery,
    responses: {
      200: z.object({
        subscriptions: z.array(subscription),
        count: z.int(),
        event_types: z.array(z.string()),
        next_cursor: z.string().nullable(),
      }),
    },
    handle: async ({ query }) => {
      const all = findSubscriptions(await registry.all(), {
        observerId: query.observer_id,
        eventType: query.event_type,
      });
      const { items, nextCursor } = toPage(skipTo(all, query), query.limit, keyOf);
      return reply(200, {
        subscriptions: items,
        count: all.length,
        event_types: [...new Set(all.map(({ event_type }) => event_type))].sort(),
        next_cursor: nextCursor,
      });
    },
  });
}
