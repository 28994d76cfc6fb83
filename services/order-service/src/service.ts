import { join } from 'node:path';
import {
  createConsumer,
  createRelay,
  createRetention,
  createTopicLog,
  migrateMessaging,
  openFeed,
  openMessageBus,
} from '@fanfare/messaging';
import { createErasureConsumers, measureCache, type Resources, type Service } from '@fanfare/service-kit';
import { groupCommit, migrate, openCache, openDatabase, readMigrations } from '@fanfare/storage';
import type { OrderServiceConfig } from './config';
import { createFollowFulfilment } from './fulfilment/follow-fulfilment';
import { createChangeOrderStatus } from './orders/change-order-status';
import { createPlaceOrderOnce } from './orders/idempotency';
import { createIdempotencyKeys } from './orders/idempotency-keys';
import { listOrdersRoute } from './orders/list-orders-route';
import { createOrderCache } from './orders/order-cache';
import { orderRoutes } from './orders/order-routes';
import { createOrderStore } from './orders/order-store';
import { createPlaceOrder } from './orders/place-order';
import { placeOrderRoute } from './orders/place-order-route';
import { createReadOrder } from './orders/read-order';
import { createForgetCustomer } from './privacy/forget-customer';

const migrationsFolder = join(__dirname, '..', 'migrations');
const name = 'order-service';

/** Takes orders and publishes what happens to them on topic `orders`. */
export async function createOrderService(config: OrderServiceConfig, resources: Resources): Promise<Service> {
  const { clock, newId, hub, logger, metrics, messagingObserver: observer, tracer } = resources;
  const database = resources.own(await openDatabase(config.databaseUrl, { clock }));
  const cacheServer = resources.own(
    await openCache(config.cacheUrl, { clock, maxEntries: config.cacheMaxEntries }),
  );
  const bus = resources.own(await openMessageBus(config.messageBusUrl, { hub, clock, name, observer }));

  const shared = { database, bus, clock, newId, observer };
  const topicLog = createTopicLog({ database, clock, topic: 'orders', partitions: config.ordersPartitions });
  const retention = createRetention({ database, clock, keepMs: config.topicRetentionHours * 3_600_000 });

  const orders = createOrderStore(database);
  const keys = createIdempotencyKeys(database, clock);
  const cache = createOrderCache({ cache: measureCache(metrics, cacheServer), clock, tracer });
  const transact = groupCommit(database, { maxWaiting: config.maxWaitingWrites });
  const useCase = { transact, orders, topicLog, cache, clock, newId, tracer };
  const placeOrder = createPlaceOrder({ ...useCase, currency: config.currency });
  const fulfilment = createConsumer({
    ...shared,
    feed: openFeed({
      topic: 'mediator',
      ownerUrl: config.mediatorFeedUrl,
      hub,
      clock,
      token: resources.serviceToken,
    }),
    topic: 'mediator',
    group: name,
    feedCheckMs: config.feedCheckMs,
    handler: createFollowFulfilment({ ...useCase, logger }),
  });
  const erasures = createErasureConsumers({
    database,
    bus,
    resources,
    group: name,
    feedUrl: config.privacyFeedUrl,
    feedCheckMs: config.feedCheckMs,
    ...createForgetCustomer({ database, cache, clock }),
  });
  const ordersCreated = metrics.counter({ name: 'orders_created_total', help: 'Orders that were placed.' });

  return {
    name,
    listen: config.listen,
    routes: [
      placeOrderRoute({
        placeOrder,
        placeOrderOnce: createPlaceOrderOnce({ placeOrder, keys }),
        ordersCreated,
      }),
      listOrdersRoute({ orders }),
      ...orderRoutes({
        readOrder: createReadOrder({ orders, cache, logger }),
        changeOrderStatus: createChangeOrderStatus(useCase),
      }),
    ],
    async prepare() {
      await migrate(database, { component: 'orders', migrations: readMigrations(migrationsFolder) });
      await migrateMessaging(database);
      await topicLog.prepare();
    },
    topicLogs: [topicLog],
    consumers: [...(config.orderSaga ? [fulfilment] : []), ...erasures],
    workers: [createRelay({ ...shared, topicLog }), retention, cache.teller, keys.pruner],
    checks: { database, cache: cacheServer, mq: bus },
    reporting: { service: name, database, bus },
  };
}
