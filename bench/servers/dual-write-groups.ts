import http from 'node:http';
import { connect } from 'amqplib';
import { createPool } from 'mysql2/promise';

interface DualWriteOrder {
  readonly id: string;
  readonly customer_id: string;
  readonly total_amount: number;
}

/**
 * The groups of the dual write, as they usually are: one insert for each event, one line for each notification, and an
 * acknowledgement whatever came before it. They count twice what is delivered twice.
 */
async function main(): Promise<void> {
  const pool = createPool({ uri: process.env['DATABASE_URL'] ?? '', connectionLimit: 25 });
  await pool.query(`create table if not exists order_metrics (
    id bigint auto_increment primary key, order_id varchar(36), customer_id varchar(36), total_amount decimal(10,2),
    processed_at datetime(3), index (order_id), index (customer_id), index (processed_at))`);
  const channel = await (await connect(process.env['MESSAGE_BUS_URL'] ?? '')).createChannel();
  await channel.prefetch(100);
  await channel.consume('analytics.dual-write', (message) => {
    if (!message) return;
    const { id, customer_id, total_amount } = JSON.parse(message.content.toString()) as DualWriteOrder;
    const row = { order_id: id, customer_id, total_amount, processed_at: new Date() };
    void pool.query('insert into order_metrics set ?', [row]).then(() => {
      channel.ack(message);
    });
  });
  await channel.consume('notifications.dual-write', (message) => {
    if (!message) return;
    const { id, customer_id } = JSON.parse(message.content.toString()) as DualWriteOrder;
    process.stdout.write(`NOTIFICATION: order ${id} of customer ${customer_id} was placed\n`);
    channel.ack(message);
  });
  http.createServer((_, response) => response.end()).listen(Number(process.env['SERVICE_PORT']), '127.0.0.1');
}

void main();
