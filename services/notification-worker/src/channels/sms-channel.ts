import type { Clock } from '@fanfare/core';
import type { Notification } from '../notifications/notification';
import { fillIn } from '../notifications/templates';
import type { Channel, Outcome } from './channel';
import { post } from './post';
import { sendEach } from './send-each';

export interface SmsSettings {
  /** Of the HTTP gateway. */
  readonly url: string;
  /** JSON or a form, with `{customer_id}`, `{text}`, `{order_id}` and `{id}` where their values go. */
  readonly body: string;
  readonly timeoutMs: number;
}

/** Hands short texts to an HTTP gateway, each with its id as `idempotency-key`. */
export function createSmsChannel({ url, body, timeoutMs }: SmsSettings, clock: Clock): Channel {
  const { contentType, encode } = isJson(body) ? json : form;

  async function sendOne(notification: Notification): Promise<Outcome> {
    const filled = fillIn(body, notification, encode);
    if (filled === null) return { kind: 'rejected', reason: 'the customer of the order is not known' };
    const headers = { 'content-type': contentType, 'idempotency-key': notification.id };
    return post({ url, headers, body: filled, clock, timeoutMs });
  }

  return {
    name: 'sms',
    batchSize: 30,
    send: (notifications, signal) => sendEach(notifications, { concurrency: 10, signal }, sendOne),
    close: () => Promise.resolve(),
  };
}

const json = {
  contentType: 'application/json; charset=utf-8',
  encode: (value: string) => JSON.stringify(value).slice(1, -1),
};
const form = { contentType: 'application/x-www-form-urlencoded', encode: encodeURIComponent };

function isJson(template: string): boolean {
  try {
    JSON.parse(template);
    return true;
  } catch {
    return false;
  }
}
