import { toEventType, type CloudEvent } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { Notification } from '../notifications/notification';
import { toMessage } from '../notifications/templates';
import type { Channel } from './channel';
import { post } from './post';
import { sendEach } from './send-each';

export interface WebhookSettings {
  readonly url: string;
  readonly timeoutMs: number;
}

/**
 * Posts each notification as a CloudEvent in JSON. Its id, which is the notification's, also goes as `webhook-id`
 * (https://www.standardwebhooks.com) and is the same on every try.
 */
export function createWebhookChannel({ url, timeoutMs }: WebhookSettings, clock: Clock): Channel {
  return {
    name: 'webhook',
    batchSize: 30,
    send: (notifications, signal) =>
      sendEach(notifications, { concurrency: 10, signal }, (notification) =>
        post({
          url,
          headers: {
            'content-type': 'application/cloudevents+json; charset=utf-8',
            'webhook-id': notification.id,
          },
          body: JSON.stringify(toCloudEvent(notification)),
          clock,
          timeoutMs,
        }),
      ),
    close: () => Promise.resolve(),
  };
}

/** What the receiver of a webhook gets. */
export function toCloudEvent(notification: Notification): CloudEvent {
  const { id, orderId, customerId, event, createdAt } = notification;
  return {
    specversion: '1.0',
    id,
    source: '/notification-worker',
    type: toEventType('notification'),
    subject: orderId,
    time: createdAt.toISOString(),
    datacontenttype: 'application/json',
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
