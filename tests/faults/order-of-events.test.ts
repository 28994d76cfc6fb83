import { eventually } from '@fanfare/core/testing';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { startFaultSystem, type FaultSystem } from '../support/system';

const statuses = ['pending', 'confirmed', 'shipped', 'delivered', 'completed'] as const;
const orders = 200;

/** One change in twenty fails, as a bug would make it; each that succeeds is written down in the order of its commit. */
const faultyTable = [
  'create table seen (position bigint auto_increment primary key, order_id varchar(64), status varchar(16))',
  // not rolled back with the transaction that fails
  'create table failed (order_id varchar(64)) engine = MyISAM',
  ...['insert', 'update'].flatMap((verb) => [
    `create trigger fail_${verb} before ${verb} on order_metrics for each row
       if rand() < 0.05 then
         insert into failed values (new.order_id);
         signal sqlstate '45000' set message_text = 'failed on purpose';
       end if`,
    `create trigger see_${verb} after ${verb} on order_metrics for each row
       insert into seen (order_id, status) values (new.order_id, new.status)`,
  ]),
];

async function send(method: string, url: string, body: object): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}`);
  return ((await response.json()) as { id: string }).id;
}

/** Places an order and brings it to its end. */
async function completeOrder(url: string): Promise<void> {
  const order = { customer_id: 'customer-1', product_id: 'product-1', quantity: 1, total_amount: 0.1 };
  const id = await send('POST', `${url}/orders`, order);
  for (const status of statuses.slice(1)) await send('PATCH', `${url}/orders/${id}`, { status });
}

describe('with three consumers, of which one after the other is killed, and changes that fail', () => {
  let system: FaultSystem;
  let analytics: Connection;

  beforeAll(async () => {
    system = await startFaultSystem({ instances: 3, partitions: 4 });
    analytics = await createConnection(system.backends.databaseUrls.analytics);
    for (const statement of faultyTable) await analytics.query(statement);
  });
  afterAll(async () => {
    await analytics.end();
    await system.close();
  });

  async function readSeen(): Promise<ReadonlyMap<string, readonly string[]>> {
    const [rows] = await analytics.query<RowDataPacket[]>(
      'select order_id, status from seen order by position',
    );
    const seen = new Map<string, string[]>();
    for (const { order_id, status } of rows as { order_id: string; status: string }[]) {
      seen.set(order_id, [...(seen.get(order_id) ?? []), status]);
    }
    return seen;
  }

  it('the events of each order are applied in their order, and all of them', async () => {
    const url = system.orders[0]?.url ?? '';
    let begun = 0;
    const clients = Array.from({ length: 8 }, async () => {
      while ((begun += 1) <= orders) await completeOrder(url);
    });

    for (const consumer of system.analytics) {
      await consumer.kill();
      await consumer.start();
      await consumer.untilReady();
    }
    await Promise.all(clients);

    const seen = await eventually(
      async () => {
        const all = await readSeen();
        expect([...all.values()].filter((steps) => steps.at(-1) === 'completed')).toHaveLength(orders);
        return all;
      },
      { timeoutMs: 100_000, everyMs: 300 },
    );
    // what shares a batch is written once, in its last status
    const inOrder = (steps: readonly string[]) => statuses.filter((status) => steps.includes(status));
    expect([...seen.values()].filter((steps) => steps.join() !== inOrder(steps).join())).toEqual([]);
    const [failed] = await analytics.query<RowDataPacket[]>('select distinct order_id from failed');
    expect(failed.length).toBeGreaterThan(0);
  });
});
