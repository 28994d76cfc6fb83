import { once } from 'node:events';
import { createMutex, toError, type Clock } from '@fanfare/core';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { Message } from '../../message-bus';
import type { MessageBusObserver } from '../../message-bus-observer';
import { closeChannel, openConfirmChannel } from './channel';
import type { AmqpConnection } from './connection';
import { declareTopic } from './topology';
import { toProperties } from './wire';
import { within } from '../within';

export interface PublisherOptions {
  readonly connection: AmqpConnection;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
}

/** Publishes in the order of the calls; resolves when all messages are confirmed, rejects `unavailable` otherwise. */
export type Publish = (topic: string, messages: readonly Message[]) => Promise<void>;

/** A channel with what is known of it. */
interface Session {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  readonly declaredTopics: Set<string>;
  /** Aborts when the channel is closed or given up. */
  readonly ended: AbortController;
}

const openTimeoutMs = 3_000;
const confirmTimeoutMs = 15_000;

/** Frames a channel may hold before it asks to wait; of 128 KiB each when messages are large. */
const writeBufferFrames = 256;

export function createPublisher({ connection, clock, observer }: PublisherOptions): Publish {
  const writing = createMutex();
  let session: Session | undefined;
  let opening: Promise<Session> | undefined;

  async function openSession(model: ChannelModel): Promise<Session> {
    const channel = await openConfirmChannel(model, { highWaterMark: writeBufferFrames });
    const ended = new AbortController();
    channel.on('close', () => {
      ended.abort();
    });
    channel.on('return', ({ fields }) => observer.unrouted?.(fields.exchange, 1));
    session = { model, channel, declaredTopics: new Set(), ended };
    return session;
  }

  async function currentSession(signal: AbortSignal): Promise<Session> {
    const model = await connection.opened(signal);
    if (session?.model === model && !session.ended.signal.aborted) return session;
    opening ??= openSession(model).finally(() => {
      opening = undefined;
    });
    return opening;
  }

  async function write(
    { channel, declaredTopics, ended }: Session,
    topic: string,
    messages: readonly Message[],
    onConfirm: (error: unknown) => void,
  ): Promise<void> {
    if (!declaredTopics.has(topic)) {
      await declareTopic(channel, topic);
      declaredTopics.add(topic);
    }
    for (const message of messages) {
      const hasRoom = channel.publish(
        topic,
        String(message.partition),
        message.body,
        toProperties(message),
        onConfirm,
      );
      if (!hasRoom) await once(channel, 'drain', { signal: ended.signal });
    }
  }

  function send(current: Session, topic: string, messages: readonly Message[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let unconfirmed = messages.length;
      const onConfirm = (error: unknown) => {
        unconfirmed -= 1;
        if (error) reject(toError(error));
        else if (unconfirmed === 0) resolve();
      };
      writing.run(() => write(current, topic, messages, onConfirm)).catch(reject);
    });
  }

  return async function publish(topic, messages) {
    if (messages.length === 0) return;
    const current = await within({ clock, ms: openTimeoutMs, what: 'connecting' }, currentSession);
    try {
      await within({ clock, ms: confirmTimeoutMs, what: `messages of ${topic}` }, () =>
        send(current, topic, messages),
      );
    } catch (error) {
      // what is still on its way there may or may not arrive: a fresh channel begins with nothing unsaid
      current.ended.abort();
      void closeChannel(current.channel, clock);
      throw error;
    }
  };
}
