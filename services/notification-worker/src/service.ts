import path from 'node:path';
import {
  createConsumer,
  createRelay,
  createRetention,
  createTopicLog,
  defaultRetryPolicy,
  migrateMessaging,
  openFeed,
  openMessageBus,
} from '@fanfare/messaging';
import { createErasureConsumers, migrateForgotten, type Resources, type Service } from '@fanfare/service-kit';
import { migrate, openDatabase, readMigrations } from '@fanfare/storage';
import { openChannels } from './channels/open-channels';
import type { NotificationWorkerConfig } from './config';
import { createSenderObserver } from './notifications/sender-observer';
import { notificationRoutes } from './notifications/notification-routes';
import { createNotificationStore } from './notifications/notification-store';
import { createRecordNotifications } from './notifications/record-notifications';
import { createSender } from './notifications/sender';
import { createForgetCustomer } from './privacy/forget-customer';
import { leaveOutForgotten } from './privacy/leave-out-forgotten';

const migrations = readMigrations(path.join(__dirname, '..', 'migrations'));
const name = 'notification-worker';

/** Tells customers what happens to their orders, through every configured channel. */
export async function createNotificationWorker(
  config: NotificationWorkerConfig,
  resources: Resources,
): Promise<Service> {
  const { clock, newId, logger, metrics, tracer, messagingObserver, hub } = resources;
  const database = resources.own(await openDatabase(config.databaseUrl, { clock }));
  const bus = resources.own(
    await openMessageBus(config.messageBusUrl, { hub, clock, name, observer: messagingObserver }),
  );
  const channels = openChannels({ ...config, clock, logger }).map((channel) => resources.own(channel));

  const store = createNotificationStore(database);
  const topicLog = createTopicLog({ database, clock, topic: 'notifications' });
  const shared = { database, bus, clock, newId, observer: messagingObserver };
  const { maxAttempts } = config;
  const observer = createSenderObserver({ metrics, logger, messagingObserver });
  const senders = channels.map((channel) =>
    createSender({ clock, newId, channel, store, topicLog, maxAttempts, observer, tracer }),
  );
  const retention = createRetention({ database, clock, keepMs: config.topicRetentionHours * 3_600_000 });

  return {
    name,
    listen: config.listen,
    routes: notificationRoutes(store),
    async prepare() {
      await migrate(database, { component: name, migrations });
      await migrateMessaging(database);
      await migrateForgotten(database);
      await topicLog.prepare();
    },
    topicLogs: [topicLog],
    consumers: [
      createConsumer({
        ...shared,
        feed: openFeed({
          topic: 'orders',
          ownerUrl: config.ordersFeedUrl,
          hub,
          clock,
          token: resources.serviceToken,
        }),
        topic: 'orders',
        group: name,
        partitions: config.ordersPartitions,
        feedCheckMs: config.feedCheckMs,
        retry: { ...defaultRetryPolicy, maxAttempts },
        handler: createRecordNotifications({
          store,
          senders,
          clock,
          newId,
          leaveOutForgotten: config.privacyFeedUrl === undefined ? undefined : leaveOutForgotten,
        }),
      }),
      ...createErasureConsumers({
        database,
        bus,
        resources,
        group: name,
        feedUrl: config.privacyFeedUrl,
        feedCheckMs: config.feedCheckMs,
        ...createForgetCustomer({ database, topicLog, clock, newId }),
      }),
    ],
    workers: [createRelay({ ...shared, topicLog }), retention, ...senders],
    checks: {
      database,
      mq: bus,
      ...Object.fromEntries(senders.map((sender) => [sender.channel, sender])),
    },
    reporting: { service: name, database, bus },
  };
}
