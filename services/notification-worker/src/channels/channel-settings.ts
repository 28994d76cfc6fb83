import { createSigner } from '@fanfare/cloudevents';
import { toError } from '@fanfare/core';
import {
  readAll,
  readEnvironment,
  variable,
  wholeNumber,
  type Environment,
  type Setting,
} from '@fanfare/service-kit';
import { z } from 'zod';
import { channelNames, type ChannelName } from './channel';
import type { SmsSettings } from './sms-channel';
import type { SmtpSettings } from './smtp-channel';
import type { WebhookSettings } from './webhook-channel';

/** A channel that was asked for, with what it needs. */
export type ChannelSettings =
  | { readonly name: 'log' }
  | ({ readonly name: 'smtp' } & SmtpSettings)
  | ({ readonly name: 'webhook' } & WebhookSettings)
  | ({ readonly name: 'sms' } & SmsSettings);

const known = `must be a list of ${channelNames.join(', ')}`;

const names = z
  .string()
  .default('log')
  .transform((list) => [...new Set(splitList(list))])
  .pipe(z.array(z.enum(channelNames, known)));

const smtpUrl = z
  .string('needed by the channel smtp, like smtp://user:password@host:587')
  .regex(/^smtps?:\/\/[^/]/i, 'must be like smtp://user:password@host:587');
const httpUrl = (channel: ChannelName) =>
  z
    .string(`needed by the channel ${channel}, like https://host/path`)
    .refine(isHttpUrl, 'must be like https://host/path');
const webhookSecrets = z.string().transform(splitList).superRefine(checkSecrets).default([]);
const text = (channel: ChannelName) => z.string(`needed by the channel ${channel}`).min(1);
const timeoutMs = variable('NOTIFICATION_TIMEOUT_MS', wholeNumber({ min: 1, max: 5_000 }).default(5_000));

const settingsOf = {
  log: () => ({ name: 'log' }),
  smtp: (env) => ({
    name: 'smtp',
    ...readEnvironment(
      {
        url: variable('SMTP_URL', smtpUrl),
        from: variable('SMTP_FROM', text('smtp')),
        to: variable('SMTP_TO', text('smtp')),
        timeoutMs,
      },
      env,
    ),
  }),
  webhook: (env) => ({
    name: 'webhook',
    ...readEnvironment(
      {
        url: variable('NOTIFICATION_WEBHOOK_URL', httpUrl('webhook')),
        secrets: variable('NOTIFICATION_WEBHOOK_SECRETS', webhookSecrets),
        timeoutMs,
      },
      env,
    ),
  }),
  sms: (env) => ({
    name: 'sms',
    ...readEnvironment(
      { url: variable('SMS_URL', httpUrl('sms')), body: variable('SMS_BODY', text('sms')), timeoutMs },
      env,
    ),
  }),
} satisfies Record<ChannelName, Setting<ChannelSettings>>;

/** The channels of `NOTIFICATION_CHANNELS` (default `log`). Throws `ConfigError` for one whose settings are missing. */
export function readChannels(env: Environment): readonly ChannelSettings[] {
  const wanted = variable('NOTIFICATION_CHANNELS', names)(env);
  return readAll(wanted.map((name) => (): ChannelSettings => settingsOf[name](env)));
}

function splitList(list: string): readonly string[] {
  return list.split(',').map((item) => item.trim());
}

/** The message of a signer says which secret is wrong, and not what it is. */
function checkSecrets(secrets: readonly string[], context: z.RefinementCtx): void {
  try {
    createSigner({ secrets });
  } catch (error) {
    context.addIssue({ code: 'custom', message: toError(error).message });
  }
}

function isHttpUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
