import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { takeTls, type UrlTls } from '@fanfare/storage';
import type { Admin, ISocketFactory, Kafka } from 'kafkajs';

/** A client that can be stopped for certain. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /** Runs `action` on connections of its own. */
  administer<T>(action: (admin: Admin) => Promise<T>): Promise<T>;
  /**
   * Cuts every connection and lets none be made again: what is under way fails, and nothing more reaches the broker.
   * kafkajs itself waits, and tries again, for as long as a broker hangs. Idempotent.
   */
  destroy(): void;
}

export interface KafkaClientOptions {
  /** `kafka://host:port` (`kafka+ssl:` encrypted), or several brokers of a cluster with commas between them; see `brokersOf`. */
  readonly url: string;
  /** How the broker's logs, quotas and lists of members call the client. */
  readonly name: string;
  /** How often a connection that failed is tried again; in any case every broker is tried. */
  readonly connectRetries?: number;
}

const defaultPort = 9092;
const connectTimeoutMs = 3_000;
const requestTimeoutMs = 5_000;
const keepAliveMs = 10_000;

/** Makes a client, without connecting. The library is loaded on first use: who has no Kafka needs none. */
export async function createKafkaClient({
  url,
  name,
  connectRetries = 3,
}: KafkaClientOptions): Promise<KafkaClient> {
  const { Kafka, logLevel } = await import('kafkajs');
  const brokers = brokersOf(url);
  const tls = tlsOf(url);
  const retries = Math.max(connectRetries, brokers.length - 1);
  const sockets = createSockets(tls);
  const kafka = new Kafka({
    brokers,
    clientId: name,
    ssl: tls !== undefined,
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries },
    socketFactory: sockets.create,
    logLevel: logLevel.NOTHING, // what fails is thrown as well, and reaches the observer
  });
  return {
    kafka,
    async administer(action) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        return await action(admin);
      } finally {
        await admin.disconnect();
      }
    },
    destroy: sockets.destroy,
  };
}

/** The brokers that `kafka://one:9092,other:9093` names; any of them leads to the others. */
export function brokersOf(url: string): string[] {
  // a list of hosts is no URL (WHATWG), so each becomes one
  const [hosts = ''] = url.split('?');
  const urls = hosts.replaceAll(/\s*,\s*/g, ',kafka://').split(',');
  return urls.map((each) => {
    const { hostname, port } = new URL(each);
    return `${hostname}:${port || defaultPort}`;
  });
}

/** How connections are encrypted to the brokers of `kafka+ssl://…`, or of `kafka://…?tls=true`. */
function tlsOf(url: string): UrlTls | undefined {
  return takeTls(new URLSearchParams(url.split('?')[1]), { isEncrypted: url.startsWith('kafka+ssl:') });
}

function createSockets(tls: UrlTls | undefined): {
  readonly create: ISocketFactory;
  readonly destroy: () => void;
} {
  const open = new Set<Socket>();
  let isDestroyed = false;
  return {
    create({ host, port, onConnect }) {
      if (isDestroyed) throw new Error('the client was stopped');
      const socket = tls
        ? connectTls({ host, port, ...tls, ...(isIP(host) === 0 && { servername: host }) }, onConnect)
        : connect({ host, port }, onConnect);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, keepAliveMs);
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      return socket;
    },
    destroy() {
      isDestroyed = true;
      for (const socket of open) socket.destroy(new Error('the client was stopped'));
    },
  };
}
