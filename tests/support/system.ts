import { isolateBackends, type IsolatedBackends } from './isolated-backends';
import { createServiceProcess, type ServiceProcess } from './service-process';

/** The order system as separate processes on real backends, all of it this test's own. */
export interface FaultSystem {
  readonly backends: IsolatedBackends;
  readonly orders: readonly ServiceProcess[];
  readonly analytics: readonly ServiceProcess[];
  readonly notifications: readonly ServiceProcess[];
  /** Stops every process and drops what the backends held for it. */
  close(): Promise<void>;
}

export interface FaultSystemOptions {
  /** How many processes of each service. */
  readonly instances?: number;
  readonly partitions?: number;
  /** Where the services find the broker, when it is not where it listens. */
  readonly busUrl?: (backends: IsolatedBackends) => string;
  /** Where order-service finds its database, when it is not where it listens. */
  readonly orderDatabaseUrl?: (backends: IsolatedBackends) => string;
  /** Further settings of every process. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts the system and resolves when every process is ready. */
export async function startFaultSystem(options: FaultSystemOptions = {}): Promise<FaultSystem> {
  const { instances = 1, partitions = 1, busUrl, orderDatabaseUrl, settings } = options;
  const backends = await isolateBackends();
  const common = {
    HOST: '127.0.0.1',
    LOG_FORMAT: 'json',
    MESSAGE_BUS_URL: busUrl?.(backends) ?? backends.messageBusUrl,
    CACHE_URL: backends.cacheUrl,
    ORDERS_PARTITIONS: String(partitions),
    FEED_CHECK_MS: '2000',
    ...settings,
  };
  const many = async (make: () => Promise<ServiceProcess>) => {
    const processes: ServiceProcess[] = [];
    for (let instance = 0; instance < instances; instance += 1) processes.push(await make());
    return processes;
  };
  const { order, analytics, notification } = backends.databaseUrls;
  const producer = { ...common, DATABASE_URL: orderDatabaseUrl?.(backends) ?? order };
  const orders = await many(() => createServiceProcess('order-service', producer));
  const consumer = { ...common, ORDERS_FEED_URL: orders[0]?.url ?? '' };
  const analyticses = await many(() =>
    createServiceProcess('analytics-service', { ...consumer, DATABASE_URL: analytics }),
  );
  const workers = await many(() =>
    createServiceProcess('notification-worker', { ...consumer, DATABASE_URL: notification }),
  );
  const all = [...orders, ...analyticses, ...workers];
  await Promise.all(all.map((one) => one.start()));
  await Promise.all(all.map((one) => one.untilReady()));
  return {
    backends,
    orders,
    analytics: analyticses,
    notifications: workers,
    async close() {
      await Promise.all(all.map((one) => one.stop()));
      await backends.drop();
    },
  };
}
