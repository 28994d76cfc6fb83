import { z } from 'zod';
import { defineEvent } from './define-event';

const about = {
  notification_id: z.string().min(1),
  order_id: z.string().min(1),
  /** Name of the event that was notified, `order.created`. */
  event_name: z.string().min(1),
  channel: z.string().min(1),
};

export const notificationSent = defineEvent({
  name: 'notification.sent',
  summary: 'A notification left through its channel.',
  data: { ...about, sent_at: z.iso.datetime() },
});

export const notificationFailed = defineEvent({
  name: 'notification.failed',
  summary: 'A notification was given up after its last try.',
  data: { ...about, attempts: z.int().min(1), reason: z.string(), failed_at: z.iso.datetime() },
});
