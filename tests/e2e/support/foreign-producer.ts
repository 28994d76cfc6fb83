import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { busUrl } from './system';

/** Runs where the bus is a real broker; elsewhere the title says why not. */
export function describeOnBroker(title: string, body: () => void): void {
  if (busUrl === undefined) describe.skip(`${title} (skipped: BUS_URL names no broker)`, body);
  else describe(title, body);
}

/** Someone who sends to topic `orders` past the order service. */
export interface ForeignProducer {
  /** Resolves when the broker has the message in the queues. */
  publish(body: string | Buffer, properties?: { readonly contentType?: string }): Promise<void>;
  publishJson(json: unknown): Promise<void>;
  close(): Promise<void>;
}

export async function openForeignProducer(): Promise<ForeignProducer> {
  if (busUrl === undefined) throw new Error('BUS_URL is not set');
  const connection = await connect(busUrl);
  const channel = await connection.createConfirmChannel();
  let returned = 0;
  channel.on('return', () => {
    returned += 1;
  });

  async function publish(body: string | Buffer, properties: { readonly contentType?: string } = {}) {
    const before = returned;
    // the routing key is the partition
    channel.publish('orders', '0', Buffer.from(body), { mandatory: true, persistent: true, ...properties });
    await channel.waitForConfirms();
    if (returned > before) throw new Error('no queue took the message');
  }
  return {
    publish,
    publishJson: (json) =>
      publish(JSON.stringify(json), { contentType: 'application/cloudevents+json; charset=utf-8' }),
    close: () => connection.close(),
  };
}

/** The event of a cancellation that the order service knows nothing of. */
export function foreignCancellation(orderId: string, changes: Readonly<Record<string, unknown>> = {}) {
  const now = new Date().toISOString();
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: '/somewhere-else',
    type: 'com.fanfare.order.cancelled.v1',
    subject: orderId,
    time: now,
    datacontenttype: 'application/json',
    data: {
      order_id: orderId,
      old_status: 'pending',
      new_status: 'cancelled',
      changed_by: 'somebody else',
      changed_at: now,
    },
    ...changes,
  };
}
