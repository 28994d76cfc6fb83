import { isolateBackends } from './isolated-backends';
import { createServiceProcess, type ServiceProcess } from './service-process';

/** All that fulfils orders, each as a process of its own, on real backends. */
export interface SagaSystem {
  readonly orders: ServiceProcess;
  readonly analytics: ServiceProcess;
  readonly mediator: ServiceProcess;
  readonly inventory: ServiceProcess;
  readonly payment: ServiceProcess;
  readonly shipping: ServiceProcess;
  /** Stops every process and drops what the backends held for it. */
  close(): Promise<void>;
}

/** What goes wrong with the colleagues, as shares of all commands; the same for the same seed. */
export interface Mishaps {
  readonly failureRate: number;
  readonly timeoutRate: number;
  readonly duplicateRate: number;
  readonly seed: number;
}

/** Starts the system and resolves when every process is ready, and the colleagues are registered. */
export async function startSagaSystem(mishaps: Mishaps): Promise<SagaSystem> {
  const backends = await isolateBackends();
  const { databaseUrls } = backends;
  const common = {
    HOST: '127.0.0.1',
    LOG_FORMAT: 'json',
    MESSAGE_BUS_URL: backends.messageBusUrl,
    CACHE_URL: backends.cacheUrl,
    FEED_CHECK_MS: '2000',
    ORDER_SAGA: 'on',
    ORDER_SAGA_STEP_TIMEOUT: '2s',
  };
  // each finds the other by its port, which is known before anything runs
  const feeds: Record<string, string> = {};
  const orders = await createServiceProcess('order-service', common, () => ({
    ...feeds,
    DATABASE_URL: databaseUrls.order,
  }));
  const mediator = await createServiceProcess('mediator', common, () => ({
    ...feeds,
    DATABASE_URL: databaseUrls.mediator,
  }));
  Object.assign(feeds, { ORDERS_FEED_URL: orders.url, MEDIATOR_FEED_URL: mediator.url });
  const analytics = await createServiceProcess('analytics-service', {
    ...common,
    ...feeds,
    DATABASE_URL: databaseUrls.analytics,
  });
  const colleague = (role: 'inventory' | 'payment' | 'shipping') =>
    createServiceProcess('demo-colleagues', {
      ...common,
      COLLEAGUES: role,
      [`${role.toUpperCase()}_DATABASE_URL`]: databaseUrls[role],
      MEDIATOR_URL: mediator.url,
      FAILURE_RATE: String(mishaps.failureRate),
      TIMEOUT_RATE: String(mishaps.timeoutRate),
      DUPLICATE_RATE: String(mishaps.duplicateRate),
      SEED: String(mishaps.seed),
    });
  const [inventory, payment, shipping] = [
    await colleague('inventory'),
    await colleague('payment'),
    await colleague('shipping'),
  ];
  const all = [orders, mediator, analytics, inventory, payment, shipping];
  await Promise.all(all.map((one) => one.start()));
  await Promise.all(all.map((one) => one.untilReady()));
  return {
    orders,
    analytics,
    mediator,
    inventory,
    payment,
    shipping,
    async close() {
      await Promise.all(all.map((one) => one.stop()));
      await backends.drop();
    },
  };
}
