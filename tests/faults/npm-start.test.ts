import { eventually } from '@fanfare/core/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../support/free-port';

interface Order {
  readonly id: string;
}

/** What `docs/on-premise.md` begins with, on ports and data of its own. */
async function describeSystem(folder: string) {
  const services = ['ORDER', 'ANALYTICS', 'EVENT_STORE', 'MEDIATOR', 'NOTIFICATION'];
  const settings: Record<string, string> = { EVENT_LOG_URL: `sqlite:${folder}/event-log.db` };
  for (const service of services) {
    settings[`${service}_SERVICE_PORT`] = String(await findFreePort());
    settings[`${service}_DATABASE_URL`] = `sqlite:${folder}/${service}.db`;
  }
  const urlOf = (service: string) => `http://127.0.0.1:${settings[`${service}_SERVICE_PORT`]}`;

  async function ask(url: string, body?: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, body ? { method: 'POST', headers, body: JSON.stringify(body) } : {});
    return answer.json();
  }

  let npm: ChildProcess | undefined;

  return {
    /** Resolves when all services are ready. */
    async start() {
      npm = spawn('npm', ['start'], {
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], HOST: '127.0.0.1', ...settings },
        stdio: 'ignore',
        detached: true,
      });
      await eventually(
        async () => {
          for (const service of services)
            expect((await fetch(`${urlOf(service)}/health/ready`)).status).toBe(200);
        },
        { timeoutMs: 120_000 },
      );
    },
    /** Does what Ctrl-C in its terminal does; repeatable. */
    async interrupt() {
      const ending = npm;
      npm = undefined;
      if (ending?.pid === undefined) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      process.kill(-ending.pid, 'SIGINT');
      await ended;
      // npm may be gone before what it has started
      await eventually(() => expect(fetch(urlOf('ORDER'))).rejects.toThrow(), { timeoutMs: 30_000 });
    },
    placeOrder: () =>
      ask(`${urlOf('ORDER')}/orders`, {
        customer_id: 'customer-1',
        product_id: 'product-1',
        quantity: 2,
        total_amount: 99.5,
      }) as Promise<Order>,
    readOrder: ({ id }: Order) => ask(`${urlOf('ORDER')}/orders/${id}`),
    readSummary: () => ask(`${urlOf('ANALYTICS')}/analytics/summary`),
    countEvents: async () => {
      const { events } = (await ask(`${urlOf('EVENT_STORE')}/api/v1/events?type=order.created`)) as {
        readonly events: readonly unknown[];
      };
      return events.length;
    },
  };
}

describe('npm start', () => {
  let folder: string;
  let system: Awaited<ReturnType<typeof describeSystem>>;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'fanfare-start-'));
    system = await describeSystem(folder);
  });
  afterEach(async () => {
    await system.interrupt();
    rmSync(folder, { recursive: true });
  });

  it('runs everything without a server until Ctrl-C, and goes on with all data when it is started again', async () => {
    await system.start();
    const orders = [await system.placeOrder(), await system.placeOrder()];
    await eventually(async () => {
      expect(await system.readSummary()).toMatchObject({ total_orders: 2 });
      expect(await system.countEvents()).toBe(2);
    });
    const summary = await system.readSummary();

    await system.interrupt();
    await system.start();

    expect(await Promise.all(orders.map(system.readOrder))).toEqual(orders);
    expect(await system.readSummary()).toEqual(summary);
    expect(await system.countEvents()).toBe(2);
    orders.push(await system.placeOrder());
    await eventually(async () => {
      expect(await system.readSummary()).toMatchObject({ total_orders: 3 });
    });
  });
});
