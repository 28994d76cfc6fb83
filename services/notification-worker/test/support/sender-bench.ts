import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { createTopicLog, type TopicLog } from '@fanfare/messaging';
import type { Database } from '@fanfare/storage';
import type { Channel, Outcome } from '../../src/channels/channel';
import type { Settlement } from '../../src/notifications/judge-outcomes';
import type { Notification } from '../../src/notifications/notification';
import { createNotificationStore, type NotificationStore } from '../../src/notifications/notification-store';
import { createSender, type Sender, type SenderOptions } from '../../src/notifications/sender';
import { notificationOf } from './notifications';
import { newId, orderCreatedEvent } from './order-events';
import { prepareDatabase } from './prepare-database';

/** A channel that remembers when it was handed what, and answers as it is told. */
export function createTestChannel(
  answer: (notification: Notification) => Outcome = () => ({ kind: 'sent' }),
) {
  const handed: string[] = [];
  const channel: Channel = {
    name: 'webhook',
    batchSize: 50,
    async send(notifications) {
      handed.push(...notifications.map(({ id }) => id));
      return notifications.map(answer);
    },
    close: () => Promise.resolve(),
  };
  return { channel, handed };
}

/** A signal that never aborts. */
export const running = () => new AbortController().signal;

/** What each test of the sender works with: a database of its own, and a clock that it turns. */
export function useSenderBench(openDatabase: () => Promise<Database>) {
  let clock: VirtualClock;
  let database: Database;
  let store: NotificationStore;
  let topicLog: TopicLog;
  let settled: Settlement[];

  beforeEach(async () => {
    clock = createVirtualClock();
    database = await openDatabase();
    await prepareDatabase(database);
    store = createNotificationStore(database);
    topicLog = createTopicLog({ database, clock, topic: 'notifications' });
    await topicLog.prepare();
    settled = [];
  });

  const notificationsOf = (orderIds: readonly string[]) =>
    orderIds.map((orderId) =>
      notificationOf(orderCreatedEvent(orderId), { channel: 'webhook', createdAt: clock.now() }),
    );

  return {
    get clock() {
      return clock;
    },
    get store() {
      return store;
    },
    /** What observers were told of so far. */
    get settled(): readonly Settlement[] {
      return settled;
    },
    createTestSender(channel: Channel, options: Partial<SenderOptions> = {}): Sender {
      const observer = {
        waiting: () => undefined,
        settled: (_: string, settlements: readonly Settlement[]) => void settled.push(...settlements),
      };
      return createSender({
        channel,
        store,
        topicLog,
        clock,
        newId,
        maxAttempts: 4,
        observer,
        ...options,
      });
    },
    /** Records a notification for each order, as the consumer of their events does. */
    async record(...orderIds: readonly string[]): Promise<void> {
      const notifications = notificationsOf(orderIds);
      await database.transact((tx) => store.record(tx, notifications));
    },
    /** The same, and hands them to the sender under its claim. */
    async recordAndHand(sender: Sender, ...orderIds: readonly string[]): Promise<void> {
      const notifications = notificationsOf(orderIds);
      const claim = sender.claim();
      if (!claim) throw new Error('the sender takes nothing');
      await database.transact((tx) => store.record(tx, notifications, new Map([['webhook', claim]])));
      sender.hand(notifications, claim);
    },
    publishedTypes: async () =>
      (await topicLog.read(0, 1, 1_000)).events.map(
        ({ type, subject }) => `${type.split('.').at(-2)} ${subject}`,
      ),
  };
}
