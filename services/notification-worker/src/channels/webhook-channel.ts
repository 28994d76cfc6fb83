import {
  InvalidEventError,
  createClient,
  createSigner,
  type NewEvent,
  type Result,
} from '@fanfare/cloudevents';
import { toEventType } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import { STATUS_CODES } from 'node:http';
import type { Notification } from '../notifications/notification';
import { toMessage } from '../notifications/templates';
import type { Channel, Outcome } from './channel';
import { describeFailure, judgeStatus } from './post';
import { sendEach } from './send-each';

export interface WebhookSettings {
  readonly url: string;
  /** What is sent is signed with each of them (see `createSigner`); with none it is not signed. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
}

const concurrency = 10;

/**
 * Posts each notification as a CloudEvent in JSON. Its id, which is the notification's, also goes as `webhook-id`
 * (https://www.standardwebhooks.com) and is the same on every try.
 */
export function createWebhookChannel({ url, secrets, timeoutMs }: WebhookSettings, clock: Clock): Channel {
  const { sign } = secrets.length > 0 ? createSigner({ secrets, clock }) : unsigned;
  const client = createClient(url, {
    mode: 'structured',
    maxConnections: concurrency,
    timeoutMs,
    clock,
    sign: ({ body }, { id }) => sign({ id, body }),
  });
  return {
    name: 'webhook',
    batchSize: 30,
    send: (notifications, signal) =>
      sendEach(notifications, { concurrency, signal }, async (notification) =>
        judgeResult(await client.send(toNewEvent(notification))),
      ),
    close: () => client.close(),
  };
}

const unsigned = { sign: ({ id }: { readonly id: string }) => ({ 'webhook-id': id }) };

/** Only what is wrong with the notification itself counts against it: an answer, or that no event can be made of it. */
function judgeResult(result: Result): Outcome {
  switch (result.outcome) {
    case 'ack':
      return { kind: 'sent' };
    case 'nack':
      return judgeStatus(result.status, STATUS_CODES[result.status]);
    case 'undelivered':
      return {
        kind: result.cause instanceof InvalidEventError ? 'rejected' : 'unavailable',
        reason: describeFailure(result.cause),
      };
  }
}

/** What the receiver of a webhook gets. */
function toNewEvent(notification: Notification): NewEvent {
  const { id, orderId, customerId, event, createdAt } = notification;
  return {
    id,
    source: '/notification-worker',
    type: toEventType('notification'),
    subject: orderId,
    time: createdAt.toISOString(),
    correlationid: event.correlationId ?? event.id,
    causationid: event.id,
    traceparent: event.traceparent ?? undefined,
    data: {
      order_id: orderId,
      customer_id: customerId,
      event_name: event.name,
      ...toMessage(notification),
      event: event.data,
    },
  };
}
