import type { Clock } from '@fanfare/core';
import type { Logger } from '@fanfare/service-kit';
import type { Channel } from './channel';
import type { ChannelSettings } from './channel-settings';
import { createLogChannel } from './log-channel';
import { createSmsChannel } from './sms-channel';
import { createSmtpChannel } from './smtp-channel';
import { createWebhookChannel } from './webhook-channel';
import { withDelay } from './with-delay';

export interface OpenChannelsOptions {
  readonly channels: readonly ChannelSettings[];
  /** See `withDelay`. */
  readonly delayMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the channels that are configured. None of them touches its receiver yet. */
export function openChannels({ channels, delayMs, clock, logger }: OpenChannelsOptions): readonly Channel[] {
  return channels.map((channel) => withDelay(openChannel(channel, clock, logger), delayMs, clock));
}

function openChannel(settings: ChannelSettings, clock: Clock, logger: Logger): Channel {
  switch (settings.name) {
    case 'log':
      return createLogChannel(logger);
    case 'smtp':
      return createSmtpChannel(settings, clock);
    case 'webhook':
      return createWebhookChannel(settings, clock);
    case 'sms':
      return createSmsChannel(settings, clock);
  }
}
