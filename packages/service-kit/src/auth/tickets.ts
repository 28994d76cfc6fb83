import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@fanfare/core';
import { migrate, type Database } from '@fanfare/storage';
import { z } from 'zod';
import { defineRoute, reply, type Route } from '../http/route';
import type { Caller } from './caller';
import type { RedeemTicket } from './create-authority';
import { includedRoles } from './role';

/** Gives tickets to those who cannot send a token with their request for a WebSocket: pages in browsers. */
export interface Tickets {
  readonly routes: readonly Route[];
  /** Makes the table; repeatable. */
  prepare(): Promise<void>;
  readonly redeem: RedeemTicket;
}

export interface TicketsDeps {
  /** Shared by all instances of the service: a ticket counts once, wherever it is shown. */
  readonly database: Pick<Database, 'queries' | 'changeSchema'>;
  readonly clock: Pick<Clock, 'now'>;
}

type TicketTables = { ws_tickets: { ticket_hash: string; caller: string; expires_at: number } };

const table = `
CREATE TABLE ws_tickets (
  ticket_hash VARCHAR(64) NOT NULL,
  caller TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (ticket_hash)
);
CREATE INDEX ws_tickets_by_end ON ws_tickets (expires_at);
`;

const lifeSeconds = 30;

const ticketBody = z.object({ ticket: z.string(), expires_in: z.int().meta({ description: 'Seconds' }) });

const callerForm = z.object({
  subject: z.string().optional(),
  roles: z.array(z.string()),
  colleague: z.string().optional(),
  expiresAtMs: z.number().optional(),
});

export function createTickets({ database, clock }: TicketsDeps): Tickets {
  const queries = database.queries.withTables<TicketTables>();

  async function issue({ roles, ...rest }: Caller): Promise<string> {
    const now = clock.now().getTime();
    await queries.deleteFrom('ws_tickets').where('expires_at', '<', now).execute();
    const ticket = randomBytes(32).toString('base64url');
    const caller = JSON.stringify({ ...rest, roles: [...roles] });
    const row = { ticket_hash: hashOf(ticket), caller, expires_at: now + lifeSeconds * 1000 };
    await queries.insertInto('ws_tickets').values(row).execute();
    return ticket;
  }

  async function redeem(ticket: string): Promise<Caller | null> {
    const hash = hashOf(ticket);
    const row = await queries
      .selectFrom('ws_tickets')
      .selectAll()
      .where('ticket_hash', '=', hash)
      .executeTakeFirst();
    if (!row) return null;
    // whoever removes the row has the ticket
    const { numDeletedRows } = await queries
      .deleteFrom('ws_tickets')
      .where('ticket_hash', '=', hash)
      .executeTakeFirst();
    if (numDeletedRows === 0n || row.expires_at <= clock.now().getTime()) return null;
    const { roles, ...rest } = callerForm.parse(JSON.parse(row.caller));
    return { subject: rest.subject, ...rest, roles: includedRoles(roles) };
  }

  return {
    routes: [ticketRoute(issue)],
    prepare: async () => {
      const migrations = [{ version: 1, name: 'ws-tickets', sql: table }];
      await migrate(database, { component: 'ws-tickets', migrations });
    },
    redeem,
  };
}

/** The table is no list of what opens doors to whoever gets to read it. */
function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex');
}

function ticketRoute(issue: (caller: Caller) => Promise<string>): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/ws/tickets',
    role: 'reader',
    isForColleagues: true,
    summary: 'Get a ticket for one WebSocket',
    description:
      'For pages of browsers, which cannot send a token with their request: `/ws?ticket=…` within `expires_in` seconds, ' +
      'once, at whichever instance. The connection may do what the token of this request may, and ends with it.',
    responses: { 201: ticketBody },
    handle: async ({ caller }) =>
      reply(201, { ticket: await issue(caller), expires_in: lifeSeconds }, { 'cache-control': 'no-store' }),
  });
}
