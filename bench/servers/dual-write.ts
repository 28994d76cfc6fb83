import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import express from 'express';
import { createPool } from 'mysql2/promise';

/**
 * How it is usually done: insert the order, then publish its event without waiting for the broker. It loses events
 * when it is killed between the two; it is here to be compared with, not to be copied.
 */
async function main(): Promise<void> {
  const pool = createPool({ uri: process.env['DATABASE_URL'] ?? '', connectionLimit: 25 });
  await pool.query(`create table if not exists orders (
    id varchar(36) primary key, customer_id varchar(36), product_id varchar(36), quantity int,
    total_amount decimal(10,2), status varchar(20), created_at datetime(3), updated_at datetime(3),
    index (customer_id), index (product_id), index (status), index (created_at))`);
  const channel = await (await connect(process.env['MESSAGE_BUS_URL'] ?? '')).createChannel();
  await channel.assertExchange('dual-write-orders', 'topic', { durable: true });
  for (const group of ['analytics', 'notifications']) {
    await channel.assertQueue(`${group}.dual-write`, { durable: true });
    await channel.bindQueue(`${group}.dual-write`, 'dual-write-orders', 'order.created');
  }

  const app = express();
  app.use(express.json());
  app.post('/orders', async (request, response) => {
    const now = new Date();
    const body = request.body as Record<string, string | number>;
    const order = { id: randomUUID(), ...body, status: 'pending', created_at: now, updated_at: now };
    await pool.query('insert into orders set ?', [order]);
    channel.publish('dual-write-orders', 'order.created', Buffer.from(JSON.stringify(order)), {
      persistent: true,
    });
    response.status(201).json(order);
  });
  app.listen(Number(process.env['SERVICE_PORT']), '127.0.0.1');
}

void main();
