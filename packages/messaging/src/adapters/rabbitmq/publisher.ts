import { once } from 'node:events';
import { createMutex, toError, type Clock } from '@fanfare/core';
import type { Message } from '../../bus/message-bus';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import { within } from '../within';
import { confirmTimeoutMs, createConfirmSessions, type ConfirmSession } from './confirm-sessions';
import type { AmqpConnection } from './connection';
import type { Topology } from './topology';
import { toProperties } from './wire';

export interface PublisherOptions {
  readonly connection: AmqpConnection;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
  readonly topology: Pick<Topology, 'declareTopic'>;
}

/** Publishes in the order of the calls; resolves when all messages are confirmed, rejects `unavailable` otherwise. */
export type Publish = (topic: string, messages: readonly Message[]) => Promise<void>;

export function createPublisher({ connection, clock, observer, topology }: PublisherOptions): Publish {
  const writing = createMutex();
  const declaredTopics = new WeakMap<ConfirmSession, Set<string>>();
  const sessions = createConfirmSessions({
    connection,
    clock,
    onReturn: ({ fields }) => observer.unrouted?.(fields.exchange, 1),
  });

  async function declareOnce(session: ConfirmSession, topic: string): Promise<void> {
    const declared = declaredTopics.get(session) ?? new Set();
    if (declared.has(topic)) return;
    await topology.declareTopic(session.channel, topic);
    declaredTopics.set(session, declared.add(topic));
  }

  async function write(
    session: ConfirmSession,
    topic: string,
    messages: readonly Message[],
    onConfirm: (error: unknown) => void,
  ): Promise<void> {
    const { channel, ended } = session;
    await declareOnce(session, topic);
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

  function send(current: ConfirmSession, topic: string, messages: readonly Message[]): Promise<void> {
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
    const current = await sessions.current();
    try {
      await within({ clock, ms: confirmTimeoutMs, what: `messages of ${topic}` }, () =>
        send(current, topic, messages),
      );
    } catch (error) {
      sessions.giveUp(current);
      throw error;
    }
  };
}
