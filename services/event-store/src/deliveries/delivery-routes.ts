import { externalTimestamp } from '@fanfare/contracts';
import { AppError, type Clock } from '@fanfare/core';
import {
  defineRoute,
  HttpProblem,
  numberKey,
  pageQuery,
  type PageQuery,
  reply,
  type Route,
  toPage,
} from '@fanfare/service-kit';
import type { Database, EventLog, LogEvent } from '@fanfare/storage';
import { z } from 'zod';
import { maskFor } from '../privacy/mask';
import { eventRecord, toEventRecord } from '../events/event-record';
import type { Tail } from '../live/tail';
import type { Observer } from '../observers/observer';
import type { ObserverRegistry } from '../observers/registry';
import { findStartPosition } from '../observers/start-position';
import { listAttempts } from './attempt-store';
import type { DeliveryStates } from './delivery-states';
import type { DeliveryTables } from './delivery-tables';
import { acknowledge, listMailbox } from './mailbox';
import { hasTarget, type ServedObserver } from './sender';
import { requireObserver, toShownEvent } from './shown-event';
import type { TestDelivery } from './test-delivery';

export interface DeliveryRoutesDeps {
  readonly database: Database;
  readonly log: Pick<EventLog, 'head' | 'read'>;
  readonly tail: Pick<Tail, 'find'>;
  readonly registry: Pick<ObserverRegistry, 'find'>;
  readonly serve: (observer: Observer) => ServedObserver;
  readonly states: Pick<DeliveryStates, 'find' | 'reset'>;
  readonly clock: Clock;
  readonly interrupt: <T>(observerId: string, change: () => Promise<T>) => Promise<T>;
  readonly testDelivery: TestDelivery;
  /** Told that an observer has fetched what it wanted. */
  readonly onAcknowledged: (observerId: string) => void;
}

const deliveryBody = z
  .object({
    event: eventRecord.nullable().meta({ description: 'Null when the log has it no more' }),
    status: z.enum(['delivered', 'failed', 'pending']),
    status_code: z.int().nullable(),
    attempt: z.int(),
    duration_ms: z.int().nullable(),
    at: z.string().nullable(),
    error: z.string().nullable(),
  })
  .meta({ title: 'Delivery' });

const listBody = z.object({ deliveries: z.array(deliveryBody), next_cursor: z.string().nullable() });
const path = z.object({ id: z.string() });
const position = z.int().min(0);
const resetBody = z.union(
  [
    z.literal('beginning'),
    z.strictObject({ position: z.union([position, z.literal('beginning')]) }),
    z.strictObject({ time: externalTimestamp }),
  ],
  'must be {"position": n}, {"time": "2026-01-31T12:00:00Z"} or "beginning"',
);

/** What became of the deliveries to one observer, and what can be done about them. */
export function deliveryRoutes(deps: DeliveryRoutesDeps): readonly Route[] {
  return [listRoute(deps), acknowledgeRoute(deps), resetRoute(deps), testRoute(deps)];
}

function listRoute(deps: DeliveryRoutesDeps): Route {
  const { registry, serve } = deps;
  return defineRoute({
    method: 'get',
    path: '/api/v1/observers/{id}/deliveries',
    role: 'reader',
    summary: 'List the newest attempts to deliver to an observer, or what its mailbox holds',
    description:
      'Of an observer with an endpoint the last 1,000 attempts. Of one without, its mailbox: every event that it wants ' +
      'and has not acknowledged, `pending`.',
    params: path,
    query: pageQuery({}, numberKey),
    responses: { 200: listBody },
    handle: async ({ params, query, caller }) => {
      const served = serve(await requireObserver(registry, params.id));
      const show = hasTarget(served) ? showAttempts : showMailbox;
      return reply(200, maskFor(caller, await show(deps, served, query)));
    },
  });
}

type ListBody = z.infer<typeof listBody>;

async function showAttempts(
  { database, tail }: DeliveryRoutesDeps,
  { observer }: ServedObserver,
  page: PageQuery,
): Promise<ListBody> {
  const found = await listAttempts(database, observer.id, page);
  const { items, nextCursor } = toPage(found, page.limit, ({ sequence }) => sequence);
  const deliveries = [];
  for (const row of items) deliveries.push(toDeliveryBody(row, await toShownEvent(tail, row.position)));
  return { deliveries, next_cursor: nextCursor };
}

function toDeliveryBody(
  row: DeliveryTables['observer_deliveries'],
  event: z.infer<typeof eventRecord> | null,
): z.infer<typeof deliveryBody> {
  return {
    event,
    status: row.status,
    status_code: row.status_code,
    attempt: row.attempt,
    duration_ms: row.duration_ms,
    at: new Date(row.attempted_at).toISOString(),
    error: row.error,
  };
}

async function showMailbox(
  { log, states }: DeliveryRoutesDeps,
  served: ServedObserver,
  page: PageQuery,
): Promise<ListBody> {
  const { id } = served.observer;
  const cursor = (await states.find([id])).get(id)?.cursor ?? 0;
  const found = await listMailbox(log, served, cursor, page);
  const { items, nextCursor } = toPage(found, page.limit, (logged) => logged.position);
  const deliveries = [];
  for (const logged of items) deliveries.push(await toPendingBody(served, logged));
  return { deliveries, next_cursor: nextCursor };
}

async function toPendingBody(
  served: ServedObserver,
  logged: LogEvent,
): Promise<z.infer<typeof deliveryBody>> {
  const event = toEventRecord(logged, { isProcessed: false, processedAt: null });
  const pending = { status: 'pending', status_code: null, attempt: 0, duration_ms: null, at: null } as const;
  if (served.observer.transform === null || logged.isErased) return { ...pending, event, error: null };
  try {
    return { ...pending, event: { ...event, data: await served.transform(logged) }, error: null };
  } catch (error) {
    return { ...pending, event: { ...event, data: null }, error: String(error) };
  }
}

function acknowledgeRoute(deps: DeliveryRoutesDeps): Route {
  const { database, log, registry, serve, clock, onAcknowledged } = deps;
  return defineRoute({
    method: 'post',
    path: '/api/v1/observers/{id}/deliveries/ack',
    role: 'writer',
    summary: 'Acknowledge what an observer without endpoint has fetched from its mailbox',
    params: path,
    body: z.strictObject({ position }),
    responses: {
      204: { description: 'Everything up to the position is out of its mailbox' },
      409: { description: 'The observer has an endpoint, so it has no mailbox' },
    },
    handle: async ({ params, body }) => {
      const observer = await requireObserver(registry, params.id);
      if (hasTarget(serve(observer))) {
        throw new AppError('conflict', `events are posted to ${observer.id}: it has no mailbox`);
      }
      if (body.position > (await log.head())) throw beyondTheEnd('position');
      await acknowledge(database, clock, observer.id, body.position);
      onAcknowledged(observer.id);
      return { status: 204 };
    },
  });
}

function resetRoute({ log, registry, states, interrupt }: DeliveryRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/observers/{id}/reset',
    role: 'operator',
    summary: 'Deliver what follows a position, or a time, again or for the first time',
    description: 'What waits to be tried again is dropped; dead letters stay.',
    params: path,
    body: resetBody,
    responses: { 200: z.object({ observer_id: z.string(), position: z.int() }) },
    handle: async ({ params, body }) => {
      const { id } = await requireObserver(registry, params.id);
      const from = typeof body === 'string' ? body : 'time' in body ? body.time : body.position;
      const found = await findStartPosition(log, from);
      if (found === null) throw beyondTheEnd('position');
      await interrupt(id, () => states.reset(id, found));
      return reply(200, { observer_id: id, position: found });
    },
  });
}

function testRoute({ registry, serve, testDelivery }: DeliveryRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/observers/{id}/test',
    role: 'operator',
    summary: 'Send a sample event to an observer, enabled or not',
    description: 'The answer tells what became of it. It is neither in the log nor among the deliveries.',
    params: path,
    responses: {
      200: deliveryBody.pick({ status: true, status_code: true, duration_ms: true, error: true }),
      409: { description: 'The observer has no endpoint' },
    },
    handle: async ({ params, signal }) => {
      const observer = await requireObserver(registry, params.id);
      if (!hasTarget(serve(observer))) {
        throw new AppError('conflict', `nothing is sent to ${observer.id}: it has no endpoint`);
      }
      const outcome = await testDelivery(observer, signal);
      return reply(200, {
        status: outcome.result,
        status_code: outcome.statusCode,
        duration_ms: outcome.durationMs,
        error: outcome.result === 'failed' ? outcome.error : null,
      });
    },
  });
}

function beyondTheEnd(field: string): HttpProblem {
  const errors = [{ field, message: 'lies beyond the end of the log' }];
  return new HttpProblem(400, 'the body does not fit', { errors });
}
