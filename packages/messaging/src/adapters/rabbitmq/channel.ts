import type { EventEmitter } from 'node:events';
import type { Clock } from '@fanfare/core';
import type { Channel, ChannelModel, ChannelOptions, ConfirmChannel } from 'amqplib';
import { within } from '../within';

const closeTimeoutMs = 2_000;

/** Opens a channel whose errors cannot end the process: `close` follows each of them and is what to listen for. */
export async function openChannel(model: ChannelModel): Promise<Channel> {
  return silenced(await model.createChannel());
}

/** The same, with publisher confirms. */
export async function openConfirmChannel(
  model: ChannelModel,
  options: ChannelOptions,
): Promise<ConfirmChannel> {
  return silenced(await model.createConfirmChannel(options));
}

/** Closes a channel, handing back in order what was not acknowledged. Never throws, and waits 2 s at the most. */
export async function closeChannel(channel: Channel, clock: Clock): Promise<void> {
  await within({ clock, ms: closeTimeoutMs, what: 'closing a channel' }, async () => {
    const gone = new Promise<void>((resolve) => channel.once('close', resolve));
    await Promise.race([channel.close(), gone]);
  }).catch(() => undefined);
}

function silenced<T extends EventEmitter>(channel: T): T {
  channel.on('error', () => undefined);
  return channel;
}
