import { once } from 'node:events';
import { AppError, createMutex, toError, type Clock } from '@fanfare/core';
import type { Options } from 'amqplib';
import { silentBusObserver, type MessageBusObserver } from '../../bus/message-bus-observer';
import { within } from '../within';
import { confirmTimeoutMs, createConfirmSessions, type ConfirmSession } from './confirm-sessions';
import { keepConnected } from './connection';
import { createPublishesUnderWay } from './publishes-under-way';
import { toMessageId } from './wire';

/** A message to publish at an exchange that others have declared. */
export interface ExchangeMessage {
  /** Empty for the default exchange, which routes to the queue that the routing key names. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly id: string;
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Publishes to exchanges that others declare and read from, beside the message bus. */
export interface ExchangePublisher {
  /**
   * Resolves when every queue that the exchange routes the message to has it safely. Rejects with `unavailable` otherwise,
   * also when there is no such queue or exchange. Messages lie in a queue in the order of the calls, at least once.
   */
  publish(message: ExchangeMessage): Promise<void>;
  /** Waits for what is under way, then disconnects. Idempotent. */
  close(): Promise<void>;
}

export interface ExchangePublisherOptions {
  readonly clock: Clock;
  /** How the broker's own tools call the connection. */
  readonly name: string;
  readonly observer?: Pick<MessageBusObserver, 'waiting'>;
}

/** Comes back with a message that no queue takes, and tells it from all others of the channel. */
const publicationHeader = 'publication';

/** Opens a publisher at `amqp://user:password@host:port` (or `amqps:`), without waiting for the broker, which need not be there yet. */
export function openExchangePublisher(
  url: string,
  { clock, name, observer = silentBusObserver }: ExchangePublisherOptions,
): ExchangePublisher {
  const connection = keepConnected({ url, name, clock, observer });
  const publishes = createPublishesUnderWay(clock);
  const writing = createMutex();
  const returned = new Set<number>();
  const sessions = createConfirmSessions({
    connection,
    clock,
    onReturn: ({ properties: { headers = {} } }) => returned.add(Number(headers[publicationHeader])),
  });
  let publications = 0;
  let closing: Promise<void> | undefined;

  function confirm({ channel, ended }: ConfirmSession, message: ExchangeMessage, publication: number) {
    const { exchange, routingKey, body } = message;
    return new Promise<void>((resolve, reject) => {
      const onConfirm = (error: unknown) => {
        if (error) reject(toError(error));
        else resolve();
      };
      const write = async () => {
        ended.signal.throwIfAborted();
        const properties = toProperties(message, publication);
        const hasRoom = channel.publish(exchange, routingKey, body, properties, onConfirm);
        if (!hasRoom) await once(channel, 'drain', { signal: ended.signal });
      };
      writing.run(write).catch(reject);
    });
  }

  async function publish(message: ExchangeMessage): Promise<void> {
    const session = await sessions.current();
    const { signal } = session.ended;
    const publication = (publications += 1);
    const what = `a message for the exchange ${message.exchange}`;
    try {
      await within({ clock, ms: confirmTimeoutMs, what, signal }, () =>
        confirm(session, message, publication),
      );
    } catch (error) {
      const cause = signal.aborted ? (signal.reason as unknown) : error;
      sessions.giveUp(session);
      returned.delete(publication); // it may have come back before its confirm failed
      throw new AppError('unavailable', `the broker failed at ${what}`, { cause });
    }
    if (returned.delete(publication)) throw unrouted(message);
  }

  async function close(): Promise<void> {
    await publishes.settled();
    await connection.close();
  }

  return {
    publish: (message) => publishes.add(publish(message)),
    close: () => (closing ??= close()),
  };
}

function toProperties({ id, contentType, headers }: ExchangeMessage, publication: number): Options.Publish {
  const messageId = toMessageId(id);
  return {
    persistent: true,
    mandatory: true,
    contentType,
    ...(messageId !== undefined && { messageId }),
    headers: { ...headers, [publicationHeader]: publication },
  };
}

function unrouted({ exchange, routingKey }: ExchangeMessage): AppError {
  const from = exchange === '' ? 'the default exchange' : `the exchange ${exchange}`;
  return new AppError(
    'unavailable',
    `no queue takes what comes to ${from} with the routing key "${routingKey}"`,
  );
}
