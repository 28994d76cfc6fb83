import { identifier, timestamp } from '@fanfare/contracts';
import { defineRoute, reply, wholeNumber, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { notificationStates, type NotificationRecord } from './notification';
import type { NotificationStore } from './notification-store';

const listQuery = z.object({
  order_id: identifier.optional(),
  state: z.enum(notificationStates).optional(),
  limit: wholeNumber({ min: 1, max: 1_000 }).prefault('50'),
  cursor: z.uuid('must be a cursor from an earlier answer').optional(),
});

const notificationBody = z.object({
  id: z.uuid(),
  order_id: z.string(),
  event_id: z.string(),
  event: z.string(),
  channel: z.string(),
  status: z.enum(notificationStates),
  attempts: z.int(),
  created_at: timestamp,
  sent_at: timestamp.nullable(),
  reason: z.string().optional(),
});

const listBody = z.object({
  notifications: z.array(notificationBody),
  next_cursor: z.string().nullable(),
});

export function notificationRoutes(store: Pick<NotificationStore, 'list'>): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/notifications',
      role: 'reader',
      summary: 'List notifications, newest first',
      query: listQuery,
      responses: { 200: listBody },
      handle: async ({ query: { order_id: orderId, state, limit, cursor: before } }) => {
        // one more than asked for tells whether there is a next page
        const found = await store.list({ orderId, state, before, limit: limit + 1 });
        const page = found.slice(0, limit);
        const next = found.length > limit ? page.at(-1)?.id : undefined;
        return reply(200, { notifications: page.map(toNotificationBody), next_cursor: next ?? null });
      },
    }),
  ];
}

function toNotificationBody(record: NotificationRecord): z.infer<typeof notificationBody> {
  return {
    id: record.id,
    order_id: record.orderId,
    event_id: record.eventId,
    event: record.eventName,
    channel: record.channel,
    status: record.state,
    attempts: record.attempts,
    created_at: record.createdAt.toISOString(),
    sent_at: record.sentAt?.toISOString() ?? null,
    ...(record.reason !== null && { reason: record.reason }),
  };
}
