import { z } from 'zod';
import { defineEvent, defineExternalEvent } from './define-event';
import { externalForm, externalTimestamp, mediatorName, text, timestamp } from './fields';

const about = {
  notification_id: text,
  order_id: text,
  /** Name of the event that was notified, `order.created`. */
  event_name: text,
  channel: text,
};

/** Notifications as other programs tell of them. */
export const externalNotification = externalForm('ExternalNotification', {
  notification_id: z.string(),
  user_id: z.string(),
  channel: z.string(),
  type: z.string(),
  subject: z.string(),
  message: z.string(),
  status: z.string(),
  sent_at: externalTimestamp,
});

export const notificationSent = defineEvent({
  topic: 'notifications',
  name: 'notification.sent',
  summary: 'A notification left through its channel.',
  data: { ...about, sent_at: timestamp },
  external: externalNotification,
});

export const notificationFailed = defineEvent({
  topic: 'notifications',
  name: 'notification.failed',
  summary: 'A notification was given up after its last try.',
  data: { ...about, attempts: z.int().min(1), reason: z.string(), failed_at: timestamp },
  external: externalNotification,
});

export const notificationDelivered = defineExternalEvent({
  name: 'notification.delivered',
  summary: 'A notification reached its recipient.',
  data: externalNotification,
});

export const notificationRead = defineEvent({
  topic: 'mediator',
  name: 'notification.read',
  summary: 'A recipient read a notification.',
  data: { mediator: mediatorName, notification_id: text, recipient_id: text },
  external: externalNotification,
});

export const notificationEvents = [
  notificationSent,
  notificationFailed,
  notificationDelivered,
  notificationRead,
] as const;
