import { notificationRead, type TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import { createOnceIn, hashRequest, type Created } from '../../create-once';
import type { MediatorEntry } from '../../mediators/directory';
import { findHandler } from '../../mediators/find-handler';
import { requireColleague, requireKind } from '../../mediators/require-kind';
import { requireSize } from '../../message-size';
import type { PartDeps } from '../../part';
import { refuse } from '../../problems';
import type { CarryNotifications } from './carry-notifications';
import { markRead, notificationId, type Notification } from './notification';
import type { NewNotificationBody } from './notification-schemas';
import { notificationStore, type StoredCall } from './notification-store';

export interface NotifyRequest {
  readonly mediator: string;
  readonly body: NewNotificationBody;
  readonly trace: TraceContext;
}

/** What one call has notified people of. */
export interface Notified {
  readonly callId: string;
  readonly notifications: readonly Notification[];
}

export interface ReadRequest {
  readonly mediator: string;
  readonly id: string;
  readonly trace: TraceContext;
}

/** Notifying people, and their reading, in the transaction of the caller. */
export interface Notify {
  notify(tx: Transaction, request: NotifyRequest): Promise<Created<Notified>>;
  /** Marks one as read, once. Throws `not-found`. */
  read(tx: Transaction, request: ReadRequest): Promise<Notification>;
}

type NotifyDeps = Pick<PartDeps, 'config' | 'directory' | 'clock' | 'newId' | 'announce'> & {
  readonly carry: Pick<CarryNotifications, 'begin'>;
};

export function createNotify({ config, directory, clock, newId, announce, carry }: NotifyDeps): Notify {
  async function create(
    tx: Transaction,
    entry: MediatorEntry,
    callId: string,
    request: NotifyRequest & { readonly requestHash: string },
  ): Promise<StoredCall> {
    const { key } = entry.mediator;
    const shared = describe(entry, request, clock.now());
    const notifications = recipientsOf(request.body).map((recipientId): Notification => ({
      ...shared,
      id: notificationId(callId, recipientId),
      orderKey: newId(),
      recipientId,
    }));
    const call = { requestHash: request.requestHash, notifications };
    await notificationStore.insert(tx, key, callId, call);
    for (const notification of notifications) await carry.begin(tx, entry, notification);
    return call;
  }

  return {
    async notify(tx, request) {
      const { body } = request;
      const entry = await directory.enter(tx, request.mediator);
      requireKind(entry, 'notification');
      requireSize(body.content, config.maxMessageBytes, 'content');
      if (body.handler_id !== undefined) requireColleague(entry, body.handler_id);
      const { key } = entry.mediator;
      const { id: callId = newId() } = body;
      const requestHash = hashRequest(body);
      const { object, isReplayed } = await createOnceIn(tx, {
        noun: 'notification',
        id: callId,
        requestHash,
        async find() {
          const call = await notificationStore.findCall(tx.queries, key, callId);
          return call && { object: call, requestHash: call.requestHash };
        },
        create: () => create(tx, entry, callId, { ...request, requestHash }),
      });
      return { object: { callId, notifications: object.notifications }, isReplayed };
    },

    async read(tx, { mediator, id, trace }) {
      const entry = await directory.enter(tx, mediator);
      requireKind(entry, 'notification');
      const { key } = entry.mediator;
      const notification = await notificationStore.lock(tx, key, id);
      if (!notification) throw noSuchNotification(id);
      const read = markRead(notification, clock.now());
      if (read === notification) return notification;
      await notificationStore.save(tx, key, read);
      const { recipientId } = notification;
      announce(tx, notificationRead, { mediator, notification_id: id, recipient_id: recipientId }, trace);
      return read;
    },
  };
}

export function noSuchNotification(id: string) {
  return refuse('not-found', `there is no notification ${id}`);
}

/** The schema has seen to it that there is one of the two. */
function recipientsOf({ recipient_ids: all, recipient_id: one }: NewNotificationBody): readonly string[] {
  return all ?? (one === undefined ? [] : [one]);
}

function describe(
  entry: MediatorEntry,
  { body, trace }: NotifyRequest,
  now: Date,
): Omit<Notification, 'id' | 'orderKey' | 'recipientId'> {
  const { type, content, priority, ttl_ms: ttlMs, handler_id: handlerId } = body;
  return {
    type,
    content,
    priority,
    trace,
    handlerId: findHandler(entry, { handlerId, type })?.id ?? null,
    status: 'pending',
    failures: 0,
    retryAt: null,
    error: null,
    createdAt: now,
    expiresAt: ttlMs === undefined ? null : new Date(now.getTime() + ttlMs),
    readAt: null,
    endedAt: null,
  };
}
