import { createVirtualClock } from '@fanfare/core';
import { openDatabase, type Database } from '@fanfare/storage';
import { hostForTest, serviceWith } from '../testing';
import { authForTest, bearer, tokenFor } from '../testing/tokens';
import type { Caller } from './caller';
import { createTickets } from './tickets';

const clock = createVirtualClock();
let database: Database;

beforeEach(async () => {
  database = await openDatabase('sqlite::memory:');
});
afterEach(() => database.close());

/** The ticket that a service gives for a token, and what becomes of it when it is shown. */
async function takeTicket(claims: Readonly<Record<string, unknown>>) {
  const tickets = createTickets({ database, clock });
  const service = serviceWith({ routes: tickets.routes, prepare: () => tickets.prepare() });
  await using hosted = await hostForTest(() => service, { auth: authForTest, clock });
  const headers = bearer(tokenFor(claims, clock.now()));
  const { body } = await hosted.request('/api/v1/ws/tickets', { method: 'POST', headers });
  const { ticket } = body as { readonly ticket: string };
  return { ticket, redeem: () => tickets.redeem(ticket) };
}

function readRows() {
  return database.queries
    .withTables<{ ws_tickets: { ticket_hash: string } }>()
    .selectFrom('ws_tickets')
    .selectAll()
    .execute();
}

describe('a ticket', () => {
  it('stands for whoever asked for it, with all that it may do, as long as its token', async () => {
    const { redeem } = await takeTicket({ sub: 'ann', roles: ['writer'] });

    expect(await redeem()).toEqual<Caller>({
      subject: 'ann',
      roles: new Set(['public', 'reader', 'writer']),
      expiresAtMs: clock.now().getTime() + 3_600_000,
    });
  });

  it('counts once', async () => {
    const { redeem } = await takeTicket({ sub: 'ann', roles: ['reader'] });

    const answers = await Promise.all([redeem(), redeem(), redeem()]);

    expect(answers.map((caller) => caller?.subject).sort()).toEqual(['ann', undefined, undefined]);
    expect(await redeem()).toBeNull();
  });

  it('counts for half a minute', async () => {
    const { redeem } = await takeTicket({ roles: ['reader'] });
    const late = await takeTicket({ roles: ['reader'] });

    await clock.advance(29_999);
    expect(await redeem()).not.toBeNull();
    await clock.advance(1);
    expect(await late.redeem()).toBeNull();
  });

  it('cannot be read from the database, which keeps none for long', async () => {
    const { ticket } = await takeTicket({ roles: ['reader'] });
    expect(await readRows()).toHaveLength(1);
    expect(JSON.stringify(await readRows())).not.toContain(ticket);

    await clock.advance(30_001);
    const next = await takeTicket({ roles: ['reader'] });

    expect(await readRows()).toHaveLength(1);
    expect(await next.redeem()).not.toBeNull();
  });
});
