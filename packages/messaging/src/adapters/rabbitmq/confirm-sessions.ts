import { setMaxListeners } from 'node:events';
import type { Clock } from '@fanfare/core';
import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import { within } from '../within';
import { closeChannel, openConfirmChannel } from './channel';
import type { AmqpConnection } from './connection';

/** A channel with publisher confirms, for as long as it lives. */
export interface ConfirmSession {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  /** Aborts when the channel is closed or given up, with what the broker said if that was why. */
  readonly ended: AbortController;
}

/** Keeps one channel open to publish on. */
export interface ConfirmSessions {
  /** The one that is open, or a new one as soon as there is a connection. Rejects with `unavailable` when that takes longer than 3 s. */
  readonly current: () => Promise<ConfirmSession>;
  /** Ends it: what is still on its way there may or may not arrive, and a fresh channel begins with nothing unsaid. */
  readonly giveUp: (session: ConfirmSession) => void;
}

export interface ConfirmSessionsOptions {
  readonly connection: AmqpConnection;
  readonly clock: Clock;
  /** Told of a mandatory message that no queue takes, before it is confirmed. */
  readonly onReturn: (message: Message) => void;
}

const openTimeoutMs = 3_000;
/** How long a publisher waits for the broker to confirm. */
export const confirmTimeoutMs = 15_000;

/** Frames a channel may hold before it asks to wait; of 128 KiB each when messages are large. */
const writeBufferFrames = 256;

export function createConfirmSessions({
  connection,
  clock,
  onReturn,
}: ConfirmSessionsOptions): ConfirmSessions {
  let session: ConfirmSession | undefined;
  let opening: Promise<ConfirmSession> | undefined;

  async function open(model: ChannelModel): Promise<ConfirmSession> {
    const channel = await openConfirmChannel(model, { highWaterMark: writeBufferFrames });
    const ended = new AbortController();
    setMaxListeners(0, ended.signal); // all that is under way listens
    channel.on('error', (error) => {
      ended.abort(error);
    });
    channel.on('close', () => {
      ended.abort();
    });
    channel.on('return', onReturn);
    session = { model, channel, ended };
    return session;
  }

  async function find(signal: AbortSignal): Promise<ConfirmSession> {
    const model = await connection.opened(signal);
    if (session?.model === model && !session.ended.signal.aborted) return session;
    opening ??= open(model).finally(() => {
      opening = undefined;
    });
    return opening;
  }

  return {
    current: () => within({ clock, ms: openTimeoutMs, what: 'connecting' }, find),
    giveUp({ channel, ended }) {
      ended.abort();
      void closeChannel(channel, clock);
    },
  };
}
