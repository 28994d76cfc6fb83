import { eventually } from '@fanfare/core/testing';
import { removeKafkaTopic } from '@fanfare/messaging/testing';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { readBackendUrls, startBackend, wipeBackend } from '../support/backends';
import { startFaultSystem, type FaultSystem } from '../support/system';

const steps = ['confirmed', 'shipped', 'delivered', 'completed'] as const;
const events = ['created', ...steps].map((step) => `order.${step}`);
const orders = 200;

/** One event in twenty fails the first times that it is tried; what succeeds is written down in its order. */
const faultyTable = [
  'create table seen (position bigint auto_increment primary key, order_id varchar(64), event_name varchar(64))',
  // not rolled back with the transaction that fails
  'create table failed (event_id varchar(128), key (event_id)) engine = MyISAM',
  `create trigger fail before insert on notifications for each row
     if crc32(new.event_id) % 20 = 0 and (select count(*) from failed where event_id = new.event_id) < 6 then
       insert into failed values (new.event_id);
       signal sqlstate '45000' set message_text = 'failed on purpose';
     end if`,
  `create trigger see after insert on notifications for each row
     insert into seen (order_id, event_name) values (new.order_id, new.event_name)`,
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
  for (const status of steps) await send('PATCH', `${url}/orders/${id}`, { status });
}

/** One consumer after the other is killed. */
async function killConsumers({ notifications }: FaultSystem): Promise<void> {
  for (const consumer of notifications) {
    await consumer.kill();
    await consumer.start();
    await consumer.untilReady();
  }
}

/** The broker loses all that it holds. */
const loseAll = (broker: 'rabbitmq' | 'kafka') => async (system: FaultSystem) => {
  await wipeBackend(broker);
  await startBackend(broker);
  if (broker === 'rabbitmq') await system.backends.prepareBroker();
};

/** Its topics belong to nobody alone: what another run left there is not of this one. */
async function emptyKafka(): Promise<{ busUrl: () => string }> {
  const { TEST_KAFKA_URL: url = '' } = await readBackendUrls();
  for (const topic of ['orders', 'notifications', 'analytics'])
    await removeKafkaTopic(url, topic, ['analytics-service', 'notification-worker']);
  return { busUrl: () => url };
}

describe.each([
  { bus: 'RabbitMQ', instances: 3, partitions: 4, fault: 'each consumer is killed', strike: killConsumers },
  { bus: 'RabbitMQ', instances: 2, partitions: 1, fault: 'each consumer is killed', strike: killConsumers },
  {
    bus: 'RabbitMQ',
    instances: 2,
    partitions: 1,
    fault: 'it loses all it holds',
    strike: loseAll('rabbitmq'),
  },
  { bus: 'Kafka', instances: 3, partitions: 4, fault: 'each consumer is killed', strike: killConsumers },
  { bus: 'Kafka', instances: 2, partitions: 4, fault: 'it loses all it holds', strike: loseAll('kafka') },
])(
  'on $bus with $instances instances and $partitions partitions, while $fault and effects fail',
  ({ bus, instances, partitions, strike }) => {
    let system: FaultSystem;
    let database: Connection;

    beforeAll(async () => {
      const place = bus === 'Kafka' ? await emptyKafka() : {};
      system = await startFaultSystem({ instances, partitions, ...place });
      database = await createConnection(system.backends.databaseUrls.notification);
      for (const statement of faultyTable) await database.query(statement);
    });
    afterAll(async () => {
      await database.end();
      await system.close();
    });

    async function read(query: string): Promise<readonly Readonly<Record<string, string>>[]> {
      const [rows] = await database.query<RowDataPacket[]>(query);
      return rows;
    }

    it('the events of each order take effect once and in their order, all of them', async () => {
      const url = system.orders[0]?.url ?? '';
      let begun = 0;
      const clients = Array.from({ length: 8 }, async () => {
        while ((begun += 1) <= orders) await completeOrder(url);
      });

      await eventually(async () => {
        expect(await read('select order_id from seen limit 1')).toHaveLength(1);
      });
      await strike(system);
      await Promise.all(clients);

      const seen = await eventually(
        async () => {
          const rows = await read('select order_id, event_name from seen order by position');
          expect(rows).toHaveLength(orders * events.length);
          return rows;
        },
        { timeoutMs: 100_000, everyMs: 300 },
      );
      const byOrder = new Map<string, string[]>();
      for (const { order_id = '', event_name = '' } of seen)
        byOrder.set(order_id, [...(byOrder.get(order_id) ?? []), event_name]);
      expect(byOrder.size).toBe(orders);
      for (const names of byOrder.values()) expect(names).toEqual(events);
      expect(await read('select distinct event_id from failed')).not.toEqual([]);
    });
  },
);
