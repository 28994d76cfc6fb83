import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, createReceiver, isAck, type Result } from '@fanfare/cloudevents';
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';

export const batchSize = 100;

/** Ways to send. The last one waits for an event in the answer. */
export type Way = 'binary' | 'structured' | 'batch' | 'request';

/** Senders and a receiver of one library, connected by the loopback interface. */
export interface Loopback {
  /** Each sends one request with new events. */
  readonly send: Readonly<Record<Way, () => Promise<unknown>>>;
  /** Events that the receiver has decoded. */
  readonly received: () => number;
  readonly close: () => Promise<void>;
}

const attributes = {
  type: 'com.example.order.created',
  source: '/order-service',
  subject: '0190a6f0-7c1e-7000-8000-0123456789ab',
  datacontenttype: 'application/json',
  data: {
    id: '0190a6f0-7c1e-7000-8000-0123456789ab',
    customer_id: 'customer-123',
    product_id: 'product-456',
    quantity: 2,
    total_amount: 99.99,
    status: 'pending',
  },
};
const replyAttributes = { type: 'com.example.order.accepted', source: '/order-service' };
const repeat = <T>(make: () => T) => Array.from({ length: batchSize }, make);

/** The client and the receiver of this repository: every event is validated on both sides. */
export async function openFanfareLoopback(): Promise<Loopback> {
  let received = 0;
  const reply = { ...replyAttributes, specversion: '1.0', id: '1' } as const;
  const receiver = createReceiver((_, { headers }) => {
    received += 1;
    return headers['prefer'] === 'reply' ? reply : undefined;
  });
  const { url } = await receiver.start({ port: 0, host: '127.0.0.1' });
  const client = createClient(url);
  const structuredClient = createClient(url, { mode: 'structured' });
  return {
    send: {
      binary: async () => {
        demandAck(await client.send(attributes));
      },
      structured: async () => {
        demandAck(await structuredClient.send(attributes));
      },
      batch: async () => {
        demandAck((await client.sendBatch(repeat(() => attributes))).result);
      },
      request: async () => {
        demandAck((await client.request(attributes)).result);
      },
    },
    received: () => received,
    close: async () => {
      await Promise.all([client.close(), structuredClient.close()]);
      await receiver.stop();
    },
  };
}

function demandAck(result: Result): void {
  if (!isAck(result)) throw result.cause;
}

/**
 * The official SDK as its README shows it, behind a server of Node without a framework. It cannot write batches, so
 * that is done by hand, and it leaves to its user to answer with an event, too.
 */
export async function openSdkLoopback(): Promise<Loopback> {
  let received = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const decoded = HTTP.toEvent({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      received += Array.isArray(decoded) ? decoded.length : 1;
      if (request.headers['prefer'] !== 'reply') {
        response.writeHead(204).end();
        return;
      }
      const { headers, body } = HTTP.binary(new CloudEvent(replyAttributes));
      response.writeHead(200, headers as Record<string, string>).end(body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const post = httpTransport(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const emitBinary = emitterFor(post, { mode: Mode.BINARY });
  const emitStructured = emitterFor(post, { mode: Mode.STRUCTURED });
  const newEvent = () => new CloudEvent(attributes);
  return {
    send: {
      binary: () => emitBinary(newEvent()),
      structured: () => emitStructured(newEvent()),
      batch: () =>
        post({
          headers: { 'content-type': 'application/cloudevents-batch+json' },
          body: JSON.stringify(repeat(newEvent)),
        }),
      request: async () => {
        const { headers, body } = (await emitBinary(newEvent(), {
          headers: { prefer: 'reply' },
        })) as { headers: Record<string, string>; body: string };
        HTTP.toEvent({ headers, body });
      },
    },
    received: () => received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
