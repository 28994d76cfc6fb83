import { timestamp } from '@fanfare/contracts';
import {
  defineRoute,
  HttpProblem,
  numberKey,
  pageQuery,
  reply,
  toPage,
  type Route,
} from '@fanfare/service-kit';
import { z } from 'zod';
import type { EntryStore, NumberedEntry } from './entry-store';
import type { ReceiveCommand } from './receive-command';
import { roleNames, type Role } from './role';

/** One colleague, as its routes need it. */
export interface ColleagueDesk {
  readonly role: Role;
  readonly receiveCommand: ReceiveCommand;
  readonly entries: Pick<EntryStore, 'totals' | 'list'>;
}

const params = z.object({ name: z.enum(roleNames) });
const entriesQuery = pageQuery({ order_id: z.string().optional() }, numberKey);
const totalsBody = z.object({
  name: z.enum(roleNames),
  unit: z.enum(['pieces', 'minor units']),
  total: z.int(),
  entries: z.int(),
});
const entryBody = z.object({
  number: z.int(),
  command_id: z.string(),
  booking_id: z.string(),
  kind: z.enum(['do', 'undo']),
  order_id: z.string(),
  amount: z.int(),
  status: z.enum(['done', 'refused']),
  created_at: timestamp,
});

export function colleagueRoutes(desks: readonly ColleagueDesk[]): readonly Route[] {
  const deskOf = (name: string) => {
    const desk = desks.find(({ role }) => role.name === name);
    if (!desk) throw new HttpProblem(404, `${name} does not work here`);
    return desk;
  };
  return [receiveRoute(deskOf), totalsRoute(deskOf), entriesRoute(deskOf)];
}

type DeskOf = (name: string) => ColleagueDesk;

function receiveRoute(deskOf: DeskOf): Route {
  return defineRoute({
    method: 'post',
    path: '/colleagues/{name}',
    role: 'public',
    summary: 'Take a command of the mediator: a CloudEvent, signed per Standard Webhooks',
    params,
    rawBody: { limitBytes: 1_048_576 },
    responses: {
      200: {
        description: 'Done, now or before; the result',
        schema: z.looseObject({ order_id: z.string() }),
      },
      202: { description: 'Done; the answer follows' },
      401: { description: 'The signature is missing or wrong' },
      422: { description: 'It will not be done' },
      503: { description: 'It may be tried again' },
    },
    handle: ({ params: { name }, ...request }) => deskOf(name).receiveCommand(request),
  });
}

function totalsRoute(deskOf: DeskOf): Route {
  return defineRoute({
    method: 'get',
    path: '/colleagues/{name}/totals',
    role: 'reader',
    summary: 'How much is reserved, taken or shipped, of all orders',
    params,
    responses: { 200: totalsBody },
    handle: async ({ params: { name } }) => {
      const { role, entries } = deskOf(name);
      const totals = await entries.totals();
      return reply(200, { name, unit: role.unit, total: totals.amount, entries: totals.entries });
    },
  });
}

function entriesRoute(deskOf: DeskOf): Route {
  return defineRoute({
    method: 'get',
    path: '/colleagues/{name}/entries',
    role: 'reader',
    summary: 'List what each command did, in the order in which they were done',
    params,
    query: entriesQuery,
    responses: { 200: z.object({ entries: z.array(entryBody), next_cursor: z.string().nullable() }) },
    handle: async ({ params: { name }, query: { order_id: orderId, order, cursor, limit } }) => {
      const found = await deskOf(name).entries.list({ orderId, order, cursor, limit: limit + 1 });
      const { items, nextCursor } = toPage(found, limit, ({ number }) => number);
      return reply(200, { entries: items.map(toEntryBody), next_cursor: nextCursor });
    },
  });
}

function toEntryBody(entry: NumberedEntry): z.infer<typeof entryBody> {
  return {
    number: entry.number,
    command_id: entry.commandId,
    booking_id: entry.bookingId,
    kind: entry.kind,
    order_id: entry.orderId,
    amount: entry.amount,
    status: entry.answer.status,
    created_at: entry.createdAt.toISOString(),
  };
}
