import type { CloudEvent } from '@fanfare/contracts';
import type { Cache, Database } from '@fanfare/storage';
import type { Closable, Resources, ServiceFactory } from '@fanfare/service-kit';
import {
  hostForTest,
  type HostedForTest,
  type HostForTestOptions,
  type TestResponse,
} from '@fanfare/service-kit/testing';
import { createOrderService, readConfig } from '../src';

export const sampleBody = {
  customer_id: 'customer-123',
  product_id: 'product-456',
  quantity: 2,
  total_amount: 99.99,
};

export interface OrderJson {
  readonly id: string;
  readonly customer_id: string;
  readonly total_amount: number;
  readonly status: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface OrderServiceForTest extends HostedForTest {
  /** What the service has opened, to be taken away from it. */
  readonly database: Database;
  readonly cache: Cache;
  post(body?: unknown, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
  /** Places an order and returns it. */
  place(changes?: Partial<typeof sampleBody>): Promise<OrderJson>;
  patch(id: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
  list(query?: string): Promise<readonly OrderJson[]>;
  /** The whole topic log, read as other services do. */
  events(): Promise<readonly CloudEvent<Record<string, unknown>>[]>;
}

export interface HostOrderServiceOptions extends Pick<HostForTestOptions, 'auth'> {
  readonly beside?: readonly ServiceFactory[];
}

/** The order service on embedded adapters, unless `env` says otherwise; with `beside` in the same process. */
export async function hostOrderService(
  env: Readonly<Record<string, string>> = {},
  { beside = [], ...options }: HostOrderServiceOptions = {},
): Promise<OrderServiceForTest> {
  const opened: Closable[] = [];
  const config = readConfig({ DATABASE_URL: 'sqlite::memory:', ...env });
  const own: ServiceFactory = (resources) => createOrderService(config, listOwned(resources, opened));
  const hosted = await hostForTest([own, ...beside], options);
  const request: HostedForTest['request'] = (path, init) => hosted.request(path, init);
  const post = (body: unknown = sampleBody, headers = {}) =>
    request('/orders', { method: 'POST', body, headers });

  return {
    ...hosted,
    database: opened[0] as Database,
    cache: opened[1] as Cache,
    post,
    async place(changes) {
      const { status, body } = await post({ ...sampleBody, ...changes });
      expect(status).toBe(201);
      return body as OrderJson;
    },
    patch: (id, body, headers = {}) => request(`/orders/${id}`, { method: 'PATCH', body, headers }),
    list: async (query = '?limit=100') => (await request(`/orders${query}`)).body as OrderJson[],
    async events() {
      const all = [];
      for (let from = 1, head = Infinity; from <= head;) {
        const { body } = await request(`/topics/orders/0?from=${from}&limit=1000`);
        const page = body as {
          head: number;
          next_sequence: number;
          events: CloudEvent<Record<string, unknown>>[];
        };
        all.push(...page.events);
        [from, head] = [page.next_sequence, page.head];
      }
      return all;
    },
    [Symbol.asyncDispose]: () => hosted.stop(),
  };
}

export interface HeldOrders {
  /** Resolves when the first of them is there. */
  readonly reached: Promise<void>;
  letGo(): void;
}

/** Keeps the orders that are placed from being committed until they are let go. Nothing else gets at the database. */
export function holdOrders({ database }: OrderServiceForTest): HeldOrders {
  const { transact } = database;
  const [reached, letGo] = [createGate(), createGate()];
  database.transact = (work) =>
    transact(async (tx) => {
      const stages = new Set<string>();
      const result = await work({
        ...tx,
        writeLater(write, item) {
          stages.add(write.stage);
          tx.writeLater(write, item);
        },
      });
      if (stages.has('aggregates')) {
        reached.open();
        await letGo.passed;
      }
      return result;
    });
  return { reached: reached.passed, letGo: letGo.open };
}

function createGate() {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

function listOwned(resources: Resources, opened: Closable[]): Resources {
  return {
    ...resources,
    own: (thing) => {
      opened.push(thing);
      return resources.own(thing);
    },
  };
}
