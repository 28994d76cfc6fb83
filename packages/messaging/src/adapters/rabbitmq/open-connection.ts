import type { Duplex } from 'node:stream';
import type { Clock } from '@fanfare/core';
import { takeTls, type UrlTls } from '@fanfare/storage';
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
  const { href, tls } = readUrl(url);
  const model = await connect(href, {
    ...tls,
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

function readUrl(text: string): { readonly href: string; readonly tls: UrlTls | undefined } {
  const url = new URL(text);
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(heartbeatSeconds));
  const tls = takeTls(url.searchParams, { isEncrypted: url.protocol === 'amqps:' });
  if (tls) url.protocol = 'amqps:';
  return { href: url.href, tls };
}

/** amqplib's types leave the socket out. */
function socketOf(model: ChannelModel): Duplex {
  return (model.connection as unknown as { readonly stream: Duplex }).stream;
}
