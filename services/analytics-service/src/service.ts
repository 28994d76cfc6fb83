import { join } from 'node:path';
import {
  createConsumer,
  createRetention,
  defaultRetryPolicy,
  migrateMessaging,
  openFeed,
  openMessageBus,
} from '@fanfare/messaging';
import {
  createErasureConsumers,
  measureCache,
  migrateForgotten,
  type Resources,
  type Service,
} from '@fanfare/service-kit';
import { migrate, openCache, openDatabase, readMigrations } from '@fanfare/storage';
import type { AnalyticsServiceConfig } from './config';
import { createOrderEventHandler } from './orders/apply-order-events';
import { logAppliedEvents } from './orders/log-applied-events';
import { createMetricsStore } from './orders/metrics-store';
import { createTotalsStore } from './orders/totals-store';
import { createForgetCustomer } from './privacy/forget-customer';
import { forgotten, nobodyForgotten } from './privacy/forgotten';
import { createRebuilds } from './rebuild/create-rebuilds';
import { reportRoutes } from './reports/report-routes';
import { createReportStore } from './reports/report-store';
import { createSummaryReader } from './reports/summary-reader';
import { summaryRoutes } from './reports/summary-routes';
import { createSummaryWatch } from './reports/summary-watch';

const name = 'analytics-service';
const migrations = readMigrations(join(__dirname, '..', 'migrations'));

/** Counts orders from their events on topic `orders`, and tells the totals. */
export async function createAnalyticsService(
  config: AnalyticsServiceConfig,
  resources: Resources,
): Promise<Service> {
  const { clock, newId, hub, logger, metrics, messagingObserver: observer } = resources;
  const database = resources.own(await openDatabase(config.databaseUrl, { clock }));
  const cacheServer = resources.own(
    await openCache(config.cacheUrl, { clock, maxEntries: config.cacheMaxEntries }),
  );
  const bus = resources.own(await openMessageBus(config.messageBusUrl, { hub, clock, name, observer }));

  const reports = createReportStore(database);
  const cache = measureCache(metrics, cacheServer);
  const watch = createSummaryWatch({ reports, clock, observer });
  const stored = createMetricsStore();
  const erased = config.privacyFeedUrl === undefined ? nobodyForgotten : forgotten;
  const handler = createOrderEventHandler({
    metrics: stored,
    forgotten: erased,
    totals: createTotalsStore(),
    clock,
    onApplied(events) {
      logAppliedEvents(logger, events);
      watch.hint();
    },
  });
  const feed = openFeed({
    topic: 'orders',
    ownerUrl: config.ordersFeedUrl,
    hub,
    clock,
    token: resources.serviceToken,
  });
  const source = { database, feed, group: name, partitions: config.ordersPartitions };
  const orders = createConsumer({
    ...source,
    bus,
    clock,
    newId,
    observer,
    handler,
    topic: 'orders',
    feedCheckMs: config.feedCheckMs,
    retry: { ...defaultRetryPolicy, maxAttempts: config.maxAttempts },
  });
  const { eventStoreUrl } = config;
  const onSwitched = watch.hint;
  const rebuilds = createRebuilds({ ...source, resources, eventStoreUrl, forgotten: erased, onSwitched });
  const erasures = createErasureConsumers({
    database,
    bus,
    resources,
    group: name,
    feedUrl: config.privacyFeedUrl,
    feedCheckMs: config.feedCheckMs,
    forget: createForgetCustomer(stored),
  });

  return {
    name,
    listen: config.listen,
    routes: [
      ...summaryRoutes({ readSummary: createSummaryReader({ reports, cache, clock }), watch, clock }),
      ...reportRoutes({ reports, clock }),
      ...rebuilds.routes,
    ],
    async prepare() {
      await migrate(database, { component: 'analytics', migrations });
      await migrateMessaging(database);
      await migrateForgotten(database);
    },
    topicLogs: [],
    consumers: [orders, ...erasures],
    workers: [watch, rebuilds.worker, createRetention({ database, clock })],
    checks: { database, cache: cacheServer, mq: bus },
    reporting: { service: name, database, bus },
  };
}
