import { z } from 'zod';
import { mediatorParams } from '../../mediators/mediator-schemas';
import { priorities } from '../../messages/message';
import { ignoring, nameSchema } from '../../names';
import { notificationStatuses } from './notification';

const maxRecipients = 1_000;
const dayMs = 86_400_000;

const recipients = z
  .array(nameSchema)
  .min(1)
  .max(maxRecipients)
  .refine((ids) => new Set(ids).size === ids.length, 'must name nobody twice');

export const newNotificationBody = ignoring(
  ['timestamp', 'read', 'read_at', 'status'],
  z
    .strictObject({
      id: nameSchema.optional(),
      type: nameSchema,
      content: z.unknown().refine((content) => content !== undefined, 'is required'),
      recipient_ids: recipients.optional(),
      recipient_id: nameSchema.optional().meta({ description: 'In place of `recipient_ids`' }),
      priority: z.enum(priorities).default('normal'),
      ttl_ms: z
        .int()
        .min(1)
        .max(365 * dayMs)
        .optional(),
      handler_id: nameSchema.optional(),
    })
    .refine((body) => (body.recipient_ids === undefined) !== (body.recipient_id === undefined), {
      path: ['recipient_ids'],
      message: 'must be given, or else recipient_id',
    }),
);
export type NewNotificationBody = z.infer<typeof newNotificationBody>;

export const notificationParams = mediatorParams.extend({
  id: z.string().regex(/^[\w.\-:@+]{1,255}$/, 'must be the id of a notification'),
});

export const shownNotification = z.object({
  id: z.string(),
  type: z.string(),
  content: z.unknown(),
  recipient_id: z.string(),
  timestamp: z.iso.datetime(),
  priority: z.enum(priorities),
  read: z.boolean(),
  read_at: z.iso.datetime().nullable(),
  status: z.enum(notificationStatuses),
});
export type ShownNotification = z.infer<typeof shownNotification>;

export const createdNotifications = z.object({
  id: z.string(),
  notifications: z.array(shownNotification),
});
