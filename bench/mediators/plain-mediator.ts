import { randomUUID } from 'node:crypto';
import { defineRoute, reply, type Route, type RouteDefinition, type Service } from '@fanfare/service-kit';
import { z } from 'zod';
import { createCaller } from './caller';
import { openPlainTables, type PlainTables, type Statement } from './plain-tables';

const message = z.object({
  sender_id: z.string(),
  recipient_ids: z.array(z.string()),
  message: z.unknown(),
});

/**
 * The yardsticks of the mediator, on the same server kit: an echo, and what one writes by hand for one purpose. It keeps
 * every message and every step, but knows neither kinds nor tries nor answers, is told by nobody what comes twice, and
 * loses what it was about to post when it is killed.
 */
export async function createPlainMediator(databaseUrl: string, port: number): Promise<Service> {
  const tables = await openPlainTables(databaseUrl);
  return {
    name: 'plain-mediator',
    listen: { host: '127.0.0.1', port },
    routes: [echo, ...mailRoutes(tables), ...postingRoutes(tables), ...timerRoutes()],
    prepare: () => Promise.resolve(),
    topicLogs: [],
    consumers: [],
    workers: [],
    checks: { database: { ping: () => Promise.resolve() } },
  };
}

type Post<Params, Body> = Pick<RouteDefinition<Params, never, Body>, 'params' | 'body' | 'handle'>;

/** All of its routes are called with POST. */
const route = <Params, Body>(path: string, definition: Post<Params, Body>): Route =>
  defineRoute({ method: 'post', path, role: 'public', summary: path, responses: {}, ...definition });

const echo = route('/echo', { body: message, handle: ({ body }) => reply(201, body) });

function mailRoutes(tables: PlainTables): readonly Route[] {
  return [
    route('/messages', {
      body: message,
      async handle({ body }) {
        const id = randomUUID();
        await tables.write(...inserts(id, body));
        return reply(201, { id });
      },
    }),
    route('/mailboxes/{id}/take', {
      params: z.object({ id: z.string() }),
      handle: async ({ params }) => reply(200, { messages: await tables.take(params.id, 10, randomUUID()) }),
    }),
    route('/mailboxes/{id}/{message_id}/ack', {
      params: z.object({ id: z.string(), message_id: z.string() }),
      async handle({ params }) {
        await tables.write(removal(params.message_id, params.id));
        return reply(204);
      },
    }),
  ];
}

function postingRoutes(tables: PlainTables): readonly Route[] {
  const lanes = new Map<string, Promise<void>>();

  async function deliver(id: string, endpoint: string, body: unknown): Promise<void> {
    await post(endpoint, body);
    await tables.write(removal(id, endpoint));
  }

  async function go(id: string, endpoint: string, steps: number): Promise<void> {
    for (let step = 1; step <= steps; step += 1) {
      await post(endpoint, { id, step });
      await tables.write(['update runs set step = ? where id = ?', [step, id]]);
    }
  }

  return [
    route('/posts', {
      body: message,
      async handle({ body }) {
        const id = randomUUID();
        await tables.write(...inserts(id, body));
        for (const endpoint of body.recipient_ids) {
          const before = lanes.get(endpoint) ?? Promise.resolve();
          lanes.set(
            endpoint,
            before.then(() => deliver(id, endpoint, body.message)),
          );
        }
        return reply(201, { id });
      },
    }),
    route('/runs', {
      body: z.object({ endpoint: z.string(), steps: z.number(), data: z.unknown() }),
      async handle({ body: { endpoint, steps, data } }) {
        const id = randomUUID();
        await tables.write(['insert into runs values (?, ?, 0)', [id, JSON.stringify(data)]]);
        void go(id, endpoint, steps);
        return reply(201, { id });
      },
    }),
  ];
}

/** In memory only. */
function timerRoutes(): readonly Route[] {
  return [
    route('/pending', {
      body: z.object({ amount: z.number(), delay_ms: z.number() }),
      handle({ body: { amount, delay_ms: delayMs } }) {
        for (let index = 0; index < amount; index += 1) {
          const timer = { id: `timer-${index}`, recipient_id: `colleague-${index}` };
          setTimeout(() => void post(timer.recipient_id, timer), delayMs).unref();
        }
        return reply(204);
      },
    }),
    route('/timers', {
      body: z.object({ endpoint: z.string(), due_at: z.number() }),
      handle({ body: { endpoint, due_at: dueAt } }) {
        setTimeout(() => void post(endpoint, { due_at: dueAt }), dueAt - Date.now());
        return reply(204);
      },
    }),
  ];
}

const caller = createCaller('');
const post = (endpoint: string, body: unknown) => caller.call('POST', endpoint, body);

function inserts(id: string, body: z.infer<typeof message>): readonly Statement[] {
  const values = [id, body.sender_id, JSON.stringify(body.message), Date.now()];
  const mail = body.recipient_ids.flatMap((recipientId) => [id, recipientId]);
  const places = body.recipient_ids.map(() => '(?, ?)').join(', ');
  return [
    ['insert into messages values (?, ?, ?, ?)', values],
    [`insert into mail (message_id, recipient_id) values ${places}`, mail],
  ];
}

const removal = (messageId: string, recipientId: string): Statement => [
  'delete from mail where message_id = ? and recipient_id = ?',
  [messageId, recipientId],
];
