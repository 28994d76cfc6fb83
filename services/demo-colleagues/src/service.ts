import path from 'node:path';
import type { Resources, Service } from '@fanfare/service-kit';
import { migrate, openDatabase, readMigrations, type Database } from '@fanfare/storage';
import { createBook } from './colleagues/book';
import { colleagueRoutes } from './colleagues/colleague-routes';
import { createEntryStore } from './colleagues/entry-store';
import { createReceiveCommand } from './colleagues/receive-command';
import { roles, type Role } from './colleagues/role';
import type { DemoColleaguesConfig } from './config';
import { createLateReplies } from './mediator/late-replies';
import { createMediatorClient } from './mediator/mediator-client';
import { createRegistration } from './mediator/registration';
import { createDraw } from './mishaps/draw';

const migrations = readMigrations(path.join(__dirname, '..', 'migrations'));

/** Simulates who does the work of fulfilling orders: inventory, payment and shipping, each with its own books. */
export async function createDemoColleagues(
  config: DemoColleaguesConfig,
  { own, clock, logger, serviceToken }: Resources,
): Promise<Service> {
  const databases: Database[] = [];
  const client = createMediatorClient(config.mediatorUrl, clock, serviceToken);
  const draw = createDraw(config.seed);

  async function openDesk(role: Role) {
    const database = own(await openDatabase(config.databaseUrls[role.name], { clock }));
    databases.push(database);
    const entries = createEntryStore(database, clock);
    const stock = role.name === 'inventory' ? config.stock : undefined;
    const book = createBook({ role, database, entries, stock });
    const { secret, delayMs } = config;
    const shared = { role, book, replies, draw, clock, secret, delayMs };
    return { role, entries, receiveCommand: createReceiveCommand({ ...shared, rates: config }) };
  }

  const chosen = config.roles.map((name) => roles[name]);
  const replies = createLateReplies(client, logger);
  const desks = await Promise.all(chosen.map(openDesk));
  own(replies);
  const { host, port } = config.listen;
  const ownUrl = config.ownUrl ?? `http://${host}:${port}`;

  return {
    name: 'demo-colleagues',
    listen: config.listen,
    routes: colleagueRoutes(desks),
    async prepare() {
      for (const database of databases) await migrate(database, { component: 'entries', migrations });
    },
    topicLogs: [],
    consumers: [],
    workers: [createRegistration({ ...config, roles: chosen, client, ownUrl, clock, logger })],
    checks: {
      database: {
        async ping() {
          await Promise.all(databases.map((database) => database.ping()));
        },
      },
    },
  };
}
