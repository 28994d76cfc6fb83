import { AppError } from '@fanfare/core';
import type { Consumer, ListedEvent, ParkedEvents } from '@fanfare/messaging';
import { isSealed } from '@fanfare/storage';
import { z } from 'zod';
import { wholeNumber } from '../config/whole-number';
import { defineRoute, reply, type Route } from '../http/route';

const deadLetterBody = z.object({
  id: z.string(),
  group: z.string(),
  topic: z.string(),
  partition: z.int(),
  sequence: z.int().nullable(),
  event_id: z.string().nullable(),
  event_type: z.string().nullable(),
  key: z.string().nullable(),
  state: z.enum(['parked', 'dead']),
  attempts: z.int(),
  next_attempt_at: z.iso.datetime().nullable(),
  reason: z.string(),
  failed_at: z.iso.datetime(),
});
const wholeLetterBody = deadLetterBody.extend({
  content_type: z.string(),
  event: z.unknown().optional(),
  body_base64: z.string().optional(),
  /** The bytes are sealed, and no key opens them; or they only begin as if they were. */
  is_sealed: z.literal(true).optional(),
});
const id = z.object({ id: z.string() });
const group = z.string().min(1).optional();

const redrivenBody = z.object({ redriven: z.int() });
const droppedBody = z.object({ dropped: z.int() });

/** What an operator does with events that failed: look at them, try them again, give them up. */
export function deadLetterRoutes(consumers: readonly Consumer[]): readonly Route[] {
  return [...lookingRoutes(consumers), ...redriveRoutes(consumers), ...dropRoutes(consumers)];
}

function lookingRoutes(consumers: readonly Consumer[]): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/dead-letters',
      role: 'operator',
      summary: 'Events that failed, in the order in which they did',
      query: z.object({
        group,
        state: z.enum(['parked', 'dead']).default('dead'),
        limit: wholeNumber({ min: 1, max: 1_000 }).prefault('50'),
        offset: wholeNumber({ max: 1_000_000 }).prefault('0'),
      }),
      responses: { 200: z.array(deadLetterBody) },
      handle: async ({ query: { group, state, limit, offset } }) => {
        const lists = ofGroup(consumers, group).map(({ parked }) => parked);
        return reply(200, (await listTogether(lists, { state, limit, offset })).map(toLetterBody));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/dead-letters/{id}',
      role: 'operator',
      summary: 'One event that failed, with what it holds',
      params: id,
      responses: { 200: wholeLetterBody },
      handle: async ({ params }) => {
        const { letter } = await findLetter(consumers, params.id);
        return reply(200, {
          ...toLetterBody(letter),
          content_type: letter.contentType,
          ...toContent(letter.body),
        });
      },
    }),
  ];
}

function redriveRoutes(consumers: readonly Consumer[]): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/dead-letters/redrive',
      role: 'operator',
      summary: 'Try all dead letters again',
      query: z.object({ group }),
      responses: { 200: redrivenBody },
      handle: async ({ query }) =>
        reply(200, {
          redriven: await sumOf(ofGroup(consumers, query.group), (parked) => parked.redrive('all')),
        }),
    }),
    defineRoute({
      method: 'post',
      path: '/dead-letters/{id}/redrive',
      role: 'operator',
      summary: 'Try one dead letter again, as it is or corrected',
      params: id,
      body: z.strictObject({ event: z.looseObject({}) }).optional(),
      responses: { 200: redrivenBody },
      handle: async ({ params, body }) => {
        const { parked } = await findLetter(consumers, params.id);
        const corrected = body && { body: Buffer.from(JSON.stringify(body.event)) };
        const redriven = await parked.redrive({ id: params.id, ...corrected });
        if (redriven === 0) throw notDead();
        return reply(200, { redriven });
      },
    }),
  ];
}

function dropRoutes(consumers: readonly Consumer[]): Route[] {
  return [
    defineRoute({
      method: 'delete',
      path: '/dead-letters',
      role: 'operator',
      summary: 'Remove all dead letters for good',
      query: z.object({ group }),
      responses: { 200: droppedBody },
      handle: async ({ query }) =>
        reply(200, { dropped: await sumOf(ofGroup(consumers, query.group), (parked) => parked.drop('all')) }),
    }),
    defineRoute({
      method: 'delete',
      path: '/dead-letters/{id}',
      role: 'operator',
      summary: 'Remove one dead letter for good',
      params: id,
      responses: { 200: droppedBody },
      handle: async ({ params }) => {
        const { parked } = await findLetter(consumers, params.id);
        const dropped = await parked.drop({ id: params.id });
        if (dropped === 0) throw notDead();
        return reply(200, { dropped });
      },
    }),
  ];
}

function notDead(): AppError {
  return new AppError('conflict', 'the event is not a dead letter: it is still being tried again');
}

function ofGroup(consumers: readonly Consumer[], group: string | undefined): readonly Consumer[] {
  return group === undefined ? consumers : consumers.filter((consumer) => consumer.group === group);
}

/**
 * A page of several lists as of one. Where it begins in each is found by looking at single events, so that no offset has
 * anybody load what lies before it.
 */
async function listTogether(
  lists: readonly ParkedEvents[],
  { state, limit, offset }: Parameters<ParkedEvents['list']>[0],
): Promise<readonly ListedEvent[]> {
  const begins = lists.map((parked) => ({ parked, at: 0 }));
  for (let left = offset; left > 0;) {
    // were each to skip as many, that were hardly more than is left: the first of their last ones is before the page
    const step = Math.ceil(left / lists.length);
    const looks = begins.map(async (begin) => {
      const [last] = await begin.parked.list({ state, limit: 1, offset: begin.at + step - 1 });
      return last ? [{ begin, failedAt: last.failedAt }] : [];
    });
    const [first] = (await Promise.all(looks)).flat().sort(byFailure);
    if (!first) return [];
    first.begin.at += step;
    left -= step;
  }
  const pages = begins.map(({ parked, at }) => parked.list({ state, limit, offset: at }));
  return (await Promise.all(pages)).flat().sort(byFailure).slice(0, limit);
}

function byFailure(left: Pick<ListedEvent, 'failedAt'>, right: Pick<ListedEvent, 'failedAt'>): number {
  return left.failedAt.getTime() - right.failedAt.getTime();
}

async function sumOf(
  consumers: readonly Consumer[],
  action: (parked: ParkedEvents) => Promise<number>,
): Promise<number> {
  const counts = await Promise.all(consumers.map(({ parked }) => action(parked)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function findLetter(consumers: readonly Consumer[], id: string) {
  for (const { parked } of consumers) {
    const letter = await parked.find(id);
    if (letter) return { parked, letter };
  }
  throw new AppError('not_found', 'there is no such dead letter');
}

function toLetterBody(letter: ListedEvent) {
  return {
    id: letter.id,
    group: letter.group,
    topic: letter.topic,
    partition: letter.partition,
    sequence: letter.sequence ?? null,
    event_id: letter.eventId,
    event_type: letter.eventType,
    key: letter.key,
    state: letter.state,
    attempts: letter.attempts,
    next_attempt_at: letter.nextAttemptAt?.toISOString() ?? null,
    reason: letter.reason,
    failed_at: letter.failedAt.toISOString(),
  };
}

/** What cannot be shown as JSON is shown as it came, and what cannot be opened as it is kept. */
function toContent(body: Buffer) {
  try {
    return { event: JSON.parse(body.toString()) as unknown };
  } catch {
    return { body_base64: body.toString('base64'), ...(isSealed(body) && { is_sealed: true as const }) };
  }
}
