import { defineRoute, pageQuery, reply, toPage, type Reply, type Route } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import { transactOnce, type Created } from '../../create-once';
import { madeReply } from '../../made-reply';
import { orderKeyPattern } from '../../order-key';
import type { Directory } from '../../mediators/directory';
import { mediatorParams, mediatorPath } from '../../mediators/mediator-schemas';
import { requireKind } from '../../mediators/require-kind';
import { emptyBody, nameSchema } from '../../names';
import { notificationStatuses } from './notification';
import {
  createdNotifications,
  newNotificationBody,
  notificationParams,
  shownNotification,
} from './notification-schemas';
import { notificationStore } from './notification-store';
import { noSuchNotification, type Notified, type Notify } from './notify';
import { showNotification } from './show-notification';

export interface NotificationRoutesDeps {
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly notify: Notify;
  readonly bodyLimitBytes: number;
}

const notificationsPath = `${mediatorPath}/notifications`;
const notificationPath = `${notificationsPath}/{id}`;
const wrongKind = { description: 'The mediator is of another kind than notification' };
const notFound = { description: 'There is no such mediator or notification' };

/** Notifying people, finding what they were told, and marking it as read. */
export function notificationRoutes(deps: NotificationRoutesDeps): readonly Route[] {
  return [notifyRoute(deps), listRoute(deps), findRoute(deps), readRoute(deps)];
}

/** What every way of notifying answers. */
export function notifiedReply(mediator: string, { object, isReplayed }: Created<Notified>): Reply {
  const body = { id: object.callId, notifications: object.notifications.map(showNotification) };
  const first = object.notifications[0]?.id ?? '';
  return madeReply(body, isReplayed, [mediator, 'notifications', first]);
}

function notifyRoute({ database, notify, bodyLimitBytes }: NotificationRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: notificationsPath,
    role: 'writer',
    summary: 'Notify people',
    description:
      'Makes one notification for each recipient, under the id `{id}:{recipient_id}`. The colleague `handler_id`, or the ' +
      'one that handles the type, carries them; where there is none they wait in the list.',
    params: mediatorParams,
    body: newNotificationBody,
    bodyLimitBytes,
    responses: {
      201: {
        description: 'They are there',
        schema: createdNotifications,
        headers: { location: 'Path of the first' },
      },
      200: { description: 'The same call had made them before', schema: createdNotifications },
      404: { description: 'There is no such mediator or colleague' },
      409: { description: 'The mediator is of another kind than notification, or the id is taken' },
      413: { description: 'The content is too large' },
    },
    handle: async ({ params: { name }, body, trace }) =>
      notifiedReply(
        name,
        await transactOnce(database, (tx) => notify.notify(tx, { mediator: name, body, trace })),
      ),
  });
}

function listRoute({ database, directory }: NotificationRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: notificationsPath,
    role: 'reader',
    summary: 'List notifications, the oldest first',
    params: mediatorParams,
    query: pageQuery(
      {
        recipient_id: nameSchema.optional(),
        type: nameSchema.optional(),
        read: z.enum(['true', 'false'], 'must be true or false').optional(),
        status: z.enum(notificationStatuses).optional(),
      },
      orderKeyPattern,
    ),
    responses: {
      200: z.object({
        notifications: z.array(shownNotification),
        unread: z.int().optional().meta({ description: 'Of the recipient that was asked for' }),
        next_cursor: z.string().nullable(),
      }),
      404: { description: 'There is no such mediator' },
      409: wrongKind,
    },
    handle: async ({ params: { name }, query }) => {
      const { limit, order, offset = 0, cursor, recipient_id: recipientId, type, read, status } = query;
      const key = await findMediator(directory, name);
      const found = await notificationStore.list(database.queries, key, {
        recipientId,
        type,
        status,
        read: read && read === 'true',
        after: cursor,
        order,
        limit: limit + 1,
        offset,
      });
      const { items, nextCursor } = toPage(found, limit, ({ orderKey }) => orderKey);
      const unread =
        recipientId === undefined
          ? undefined
          : await notificationStore.countUnread(database.queries, key, recipientId);
      return reply(200, {
        notifications: items.map(showNotification),
        ...(unread !== undefined && { unread }),
        next_cursor: nextCursor,
      });
    },
  });
}

function findRoute({ database, directory }: NotificationRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: notificationPath,
    role: 'reader',
    summary: 'Look at a notification; that does not mark it as read',
    params: notificationParams,
    responses: { 200: shownNotification, 404: notFound, 409: wrongKind },
    handle: async ({ params: { name, id } }) => {
      const key = await findMediator(directory, name);
      const notification = await notificationStore.find(database.queries, key, id);
      if (!notification) throw noSuchNotification(id);
      return reply(200, showNotification(notification));
    },
  });
}

function readRoute({ database, notify }: NotificationRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${notificationPath}/read`,
    role: 'writer',
    summary: 'Mark a notification as read by its recipient, once',
    params: notificationParams,
    body: emptyBody,
    responses: { 200: shownNotification, 404: notFound, 409: wrongKind },
    handle: async ({ params: { name, id }, trace }) => {
      const read = await database.transact((tx) => notify.read(tx, { mediator: name, id, trace }));
      return reply(200, showNotification(read));
    },
  });
}

async function findMediator(directory: Pick<Directory, 'find'>, name: string): Promise<number> {
  const entry = await directory.find(name);
  requireKind(entry, 'notification');
  return entry.mediator.key;
}
