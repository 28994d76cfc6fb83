import type { Duplex } from 'node:stream';
import type { Clock } from '@fanfare/core';
import type { ChannelModel } from 'amqplib';
import { within } from '../within';

/** A connection that was opened, until it is lost. */
export interface OpenConnection {
  readonly model: ChannelModel;
  /** Resolves, with the reason, when the connection is lost or closed. */
  readonly lost: Promise<Error>;
}

export interface OpenConnectionOptions {
  readonly url: string;
  readonly name: string;
  readonly clock: Clock;
}

const connectTimeoutMs = 4_000;
/** Both sides give a silent connection up after two to three of these; the URL may ask for others. */
const heartbeatSeconds = 5;
const closeTimeoutMs = 2_000;

/** Tries once to connect. The client library is loaded on first use: who has no RabbitMQ needs none. */
export async function openConnection({ url, name, clock }: OpenConnectionOptions): Promise<OpenConnection> {
  const { connect } = await import('amqplib');
  const model = await connect(withHeartbeat(url), {
    timeout: connectTimeoutMs,
    noDelay: true,
    keepAlive: true,
    clientProperties: { connection_name: name },
  });
  const lost = new Promise<Error>((resolve) => {
    model.on('error', resolve);
    model.on('close', (error) => {
      resolve(error ?? new Error('the connection was closed'));
      // amqplib only half closes a connection that fell silent: its socket would stay until TCP gives up
      clock.setTimer(closeTimeoutMs, () => socketOf(model).destroy());
    });
  });
  return { model, lost };
}

/** Says goodbye, but does not wait long for an answer. */
export async function closeConnection(model: ChannelModel, clock: Clock): Promise<void> {
  const goodbye = { clock, ms: closeTimeoutMs, what: 'closing a connection' };
  await within(goodbye, () => model.close()).catch(() => undefined);
  socketOf(model).destroy(new Error('the connection was closed'));
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(heartbeatSeconds));
  return parsed.toString();
}

/** amqplib's types leave the socket out. */
function socketOf(model: ChannelModel): Duplex {
  return (model.connection as unknown as { readonly stream: Duplex }).stream;
}
