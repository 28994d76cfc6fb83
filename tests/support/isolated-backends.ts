import { randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { needVariable, readBackendUrls } from './backends';

const owners = [
  ...(['order', 'analytics', 'notification', 'mediator', 'inventory', 'payment', 'shipping'] as const),
  // for the system that the benchmarks compare with
  'baseline',
] as const;
type Owner = (typeof owners)[number];

/** Places in the shared backends that belong to one test alone. */
export interface IsolatedBackends {
  readonly databaseUrls: Readonly<Record<Owner, string>>;
  readonly cacheUrl: string;
  readonly messageBusUrl: string;
  readonly toxiproxyUrl: string;
  /** Where the broker listens, `127.0.0.1:15673`, for a proxy in front of it. */
  readonly brokerAddress: string;
  /** The bus through another address of the broker. */
  readonly busUrlVia: (address: string) => string;
  /** Makes the virtual host again, after the broker has lost everything. */
  prepareBroker(): Promise<void>;
  drop(): Promise<void>;
}

/** Makes an empty database for each owner, a virtual host and a cache namespace. */
export async function isolateBackends(): Promise<IsolatedBackends> {
  const urls = await readBackendUrls();
  const suffix = randomUUID().slice(0, 8);
  const mysql = new URL(needVariable(urls, 'TEST_MYSQL_URL'));
  const management = new URL(needVariable(urls, 'TEST_RABBITMQ_MANAGEMENT_URL'));
  const bus = new URL(needVariable(urls, 'TEST_RABBITMQ_URL'));
  const databaseName = (service: string) => `fanfare_test_${service}_${suffix}`;
  const virtualHost = `faults-${suffix}`;

  async function execute(statement: (database: string) => string): Promise<void> {
    const connection = await createConnection(mysql.href);
    for (const service of owners) await connection.query(statement(databaseName(service)));
    await connection.end();
  }

  async function callManagement(method: string, route: string, body?: object): Promise<void> {
    const url = new URL(route, management.origin);
    const authorization = `Basic ${Buffer.from(`${management.username}:${management.password}`).toString('base64')}`;
    const response = await fetch(url, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok && response.status !== 404)
      throw new Error(`${method} ${route} answered ${response.status}`);
  }

  async function prepareBroker(): Promise<void> {
    await callManagement('PUT', `/api/vhosts/${virtualHost}`);
    const all = { configure: '.*', write: '.*', read: '.*' };
    await callManagement('PUT', `/api/permissions/${virtualHost}/${bus.username}`, all);
  }

  const busUrlVia = (address: string) => `amqp://${bus.username}:${bus.password}@${address}/${virtualHost}`;
  const databaseUrl = (service: string) =>
    Object.assign(new URL(mysql.href), { pathname: `/${databaseName(service)}` }).href;

  await execute((database) => `create database ${database}`);
  await prepareBroker();
  return {
    databaseUrls: Object.fromEntries(owners.map((owner) => [owner, databaseUrl(owner)])) as Record<
      Owner,
      string
    >,
    // one of Redis' 16 databases; keys of orders are unique, and the summary is only ever replaced by a newer one
    cacheUrl: `${needVariable(urls, 'TEST_REDIS_URL').replace(/\/\d+$/, '')}/${1 + (Number.parseInt(suffix, 16) % 15)}`,
    messageBusUrl: busUrlVia(bus.host),
    toxiproxyUrl: needVariable(urls, 'TEST_TOXIPROXY_URL'),
    brokerAddress: bus.host,
    busUrlVia,
    prepareBroker,
    async drop() {
      await execute((database) => `drop database if exists ${database}`);
      await callManagement('DELETE', `/api/vhosts/${virtualHost}`);
    },
  };
}
