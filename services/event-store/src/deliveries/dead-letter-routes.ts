import { defineRoute, pageQuery, reply, type Route, toPage } from '@fanfare/service-kit';
import { z } from 'zod';
import { eventRecord } from '../events/event-record';
import type { Tail } from '../live/tail';
import type { ObserverRegistry } from '../observers/registry';
import type { DeadLetter, DeadLetters } from './dead-letters';
import { requireObserver, toShownEvent } from './shown-event';

export interface DeadLetterRoutesDeps {
  readonly deadLetters: DeadLetters;
  readonly registry: Pick<ObserverRegistry, 'find'>;
  readonly tail: Pick<Tail, 'find'>;
}

const deadLetterBody = z
  .object({
    id: z.string(),
    observer_id: z.string(),
    event: eventRecord.nullable().meta({ description: 'As the log has it; null when it was truncated' }),
    edited_data: z.unknown().optional().meta({ description: 'What is delivered in place of its data' }),
    error: z.string().nullable(),
    attempts: z.int(),
    failed_at: z.string().nullable(),
    last_retry: z.string().nullable(),
  })
  .meta({ title: 'DeadLetter' });

const listBody = z.object({ dead_letters: z.array(deadLetterBody), next_cursor: z.string().nullable() });
const path = z.object({ id: z.string() });
const reason = z.string().min(1).max(255).optional();
const redrivenBody = z.object({ redriven: z.int() });
const mostAtOnce = 10_000;
const bodyLimitBytes = 2 * 1_048_576;
const uuid = /^[0-9a-f-]{36}$/;

/** What an operator does with events that were given up: look at them, mend them, try them again, remove them. */
export function deadLetterRoutes(deps: DeadLetterRoutesDeps): readonly Route[] {
  return [...listRoutes(deps), ...letterRoutes(deps), ...redriveRoutes(deps)];
}

function listRoutes(deps: DeadLetterRoutesDeps): readonly Route[] {
  const { deadLetters, registry } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/dead-letters',
      role: 'operator',
      summary: 'List events that were given up, in the order in which they failed',
      description: '`reason` selects those whose error contains it.',
      query: pageQuery({ observer_id: z.string().optional(), reason }, uuid),
      responses: { 200: listBody },
      handle: async ({ query: { observer_id: observerId, reason, ...page } }) =>
        reply(200, await showPage(deps, await deadLetters.list({ observerId, reason }, page), page.limit)),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/observers/{id}/dead-letters',
      role: 'operator',
      summary: 'List the events that were given up for an observer',
      params: path,
      query: pageQuery({ reason }, uuid),
      responses: { 200: listBody },
      handle: async ({ params, query: { reason, ...page } }) => {
        const { id: observerId } = await requireObserver(registry, params.id);
        const found = await deadLetters.list({ observerId, reason }, page);
        return reply(200, await showPage(deps, found, page.limit));
      },
    }),
  ];
}

function letterRoutes({ deadLetters, tail }: DeadLetterRoutesDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/dead-letters/{id}',
      role: 'operator',
      summary: 'Read an event that was given up',
      params: path,
      responses: { 200: deadLetterBody, 404: { description: 'There is none, or it is tried again' } },
      handle: async ({ params }) => reply(200, await show(tail, await deadLetters.get(params.id))),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/dead-letters/{id}',
      role: 'operator',
      summary: 'Have other data delivered in place of the event’s own',
      description: 'The event in the log stays as it is.',
      params: path,
      body: z.strictObject({ data: z.unknown() }),
      bodyLimitBytes,
      responses: { 200: deadLetterBody },
      handle: async ({ params, body }) =>
        reply(200, await show(tail, await deadLetters.edit(params.id, body.data))),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/dead-letters/{id}',
      role: 'operator',
      summary: 'Remove an event that was given up; the log keeps it',
      params: path,
      body: z.strictObject({ reason }).optional(),
      responses: { 204: { description: 'It is removed' } },
      handle: async ({ params, body, log }) => {
        await deadLetters.drop(params.id);
        log.info({ deadLetterId: params.id, reason: body?.reason }, 'a dead letter was removed');
        return { status: 204 };
      },
    }),
  ];
}

function redriveRoutes({ deadLetters, registry }: DeadLetterRoutesDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/dead-letters/{id}/redrive',
      role: 'operator',
      summary: 'Try an event that was given up again',
      params: path,
      responses: { 202: redrivenBody },
      handle: async ({ params }) => {
        await deadLetters.redrive(params.id);
        return reply(202, { redriven: 1 });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/observers/{id}/dead-letters/redrive',
      role: 'operator',
      summary: 'Try the events that were given up for an observer again, the oldest first',
      params: path,
      body: z.strictObject({ limit: z.int().min(1).max(mostAtOnce).default(mostAtOnce), reason }).optional(),
      responses: { 202: redrivenBody },
      handle: async ({ params, body }) => {
        const { id: observerId } = await requireObserver(registry, params.id);
        const { limit = mostAtOnce, reason } = body ?? {};
        return reply(202, { redriven: await deadLetters.redriveAll({ observerId, reason }, limit) });
      },
    }),
  ];
}

async function showPage(
  { tail }: DeadLetterRoutesDeps,
  found: readonly DeadLetter[],
  limit: number,
): Promise<z.infer<typeof listBody>> {
  const { items, nextCursor } = toPage(found, limit, ({ id }) => id);
  const letters = [];
  for (const letter of items) letters.push(await show(tail, letter));
  return { dead_letters: letters, next_cursor: nextCursor };
}

async function show(tail: Pick<Tail, 'find'>, letter: DeadLetter): Promise<z.infer<typeof deadLetterBody>> {
  const { id, observerId, position, editedData, error, attempts, failedAt, lastRetryAt } = letter;
  return {
    id,
    observer_id: observerId,
    event: await toShownEvent(tail, position),
    ...(editedData !== null && { edited_data: JSON.parse(editedData) as unknown }),
    error,
    attempts,
    failed_at: failedAt?.toISOString() ?? null,
    last_retry: lastRetryAt?.toISOString() ?? null,
  };
}
