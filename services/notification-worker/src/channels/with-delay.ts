import type { Clock } from '@fanfare/core';
import type { Channel } from './channel';

/**
 * The same channel, as slow as a real gateway: each notification takes `delayMs` longer, those of a batch side by side.
 * Nothing but the channel waits for it.
 */
export function withDelay(channel: Channel, delayMs: number, clock: Clock): Channel {
  if (delayMs === 0) return channel;
  return {
    ...channel,
    async send(notifications, signal) {
      await clock.sleep(delayMs, signal);
      return channel.send(notifications, signal);
    },
  };
}
