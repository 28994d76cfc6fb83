import { eventually } from '@fanfare/core/testing';
import { z } from 'zod';
import { read } from './http';
import { notificationUrl } from './system';

const notificationSchema = z.strictObject({
  id: z.uuid(),
  order_id: z.string(),
  event_id: z.string(),
  event: z.string(),
  channel: z.string(),
  status: z.enum(['pending', 'sent', 'failed']),
  attempts: z.int(),
  created_at: z.iso.datetime(),
  sent_at: z.iso.datetime().nullable(),
  reason: z.string().optional(),
});
export type Notification = z.infer<typeof notificationSchema>;

const pageSchema = z.strictObject({
  notifications: z.array(notificationSchema),
  next_cursor: z.string().nullable(),
});
export type NotificationPage = z.infer<typeof pageSchema>;

export function readNotificationPage(query: Readonly<Record<string, string>>): Promise<NotificationPage> {
  return read(`${notificationUrl}/notifications?${new URLSearchParams(query).toString()}`, pageSchema);
}

/** Every notification about an order, newest first. */
export async function readNotifications(orderId: string): Promise<Notification[]> {
  const { notifications } = await readNotificationPage({ order_id: orderId, limit: '1000' });
  return notifications;
}

/** Waits until the order's customer was told exactly these events, each once through every channel. */
export async function untilNotified(orderId: string, events: readonly string[]): Promise<Notification[]> {
  return eventually(async () => {
    const notifications = await readNotifications(orderId);
    const channels = new Set(notifications.map(({ channel }) => channel));
    expect(channels.size).toBeGreaterThan(0);
    for (const channel of channels) {
      const told = notifications.filter((one) => one.channel === channel);
      expect(told.map(({ event }) => event).sort()).toEqual([...events].sort());
      expect(told.filter(({ status, sent_at }) => status !== 'sent' || sent_at === null)).toEqual([]);
    }
    return notifications;
  });
}
