import type { TestResponse } from '@fanfare/service-kit/testing';
import { eventually } from '@fanfare/core/testing';
import { api, hostEventStore, type EventStoreForTest, type HostEventStoreOptions } from '../host-event-store';
import { openReceiver, type TestReceiver } from './open-receiver';

/** A delivery or a dead letter, as far as tests look into it. */
export interface DeliveryJson {
  readonly id: string;
  readonly event: { readonly id: string; readonly data: unknown };
  readonly status: string;
  readonly attempt: number;
  readonly attempts: number;
  readonly [name: string]: unknown;
}

/** An event store beside a receiver of webhooks. */
export interface Delivering extends AsyncDisposable {
  readonly store: EventStoreForTest;
  readonly receiver: TestReceiver;
  /** Makes an observer `billing` of everything at the receiver, unless told otherwise. */
  observe(parts?: object): Promise<void>;
  /** Takes an event in; its subject is its id unless told otherwise. */
  publish(id: string, parts?: object): Promise<TestResponse>;
  /** The same for many at once. */
  publishAll(ids: readonly string[], parts?: object): Promise<void>;
  observer(id?: string): Promise<Readonly<Record<string, unknown>>>;
  change(method: string, path: string, body?: unknown): Promise<TestResponse>;
  deliveries(id?: string): Promise<readonly DeliveryJson[]>;
  deadLetters(query?: string): Promise<readonly DeliveryJson[]>;
  /** Resolves when the receiver has been sent exactly these, whatever it answered. */
  received(...ids: readonly string[]): Promise<void>;
}

export async function openDelivering(
  env: Readonly<Record<string, string>> = {},
  options: HostEventStoreOptions = {},
): Promise<Delivering> {
  const receiver = await openReceiver();
  // while a test moves a virtual clock on, requests take real time
  const patience = options.clock && { timeout_ms: 300_000 };
  const store = await hostEventStore(env, options);
  const list = async (path: string, name: string) => {
    const { status, body } = await store.get(path);
    expect({ status, body }).toMatchObject({ status: 200 });
    return (body as Readonly<Record<string, readonly DeliveryJson[]>>)[name] ?? [];
  };
  return {
    store,
    receiver,
    async observe(parts = {}) {
      const definition = { id: 'billing', event_types: ['*'], endpoint: receiver.url, ...patience, ...parts };
      const { status, body } = await store.post('/observers', definition);
      expect({ status, body }).toMatchObject({ status: 201 });
    },
    publish: (id, parts = {}) => store.post('/events', { id, type: 'user.created', data: {}, ...parts }),
    async publishAll(ids, parts = {}) {
      for (let from = 0; from < ids.length; from += 500) {
        const events = ids
          .slice(from, from + 500)
          .map((id) => ({ id, type: 'user.created', data: {}, ...parts }));
        const { status, body } = await store.post('/events', events);
        expect({ status, body }).toMatchObject({ status: 202 });
      }
    },
    async observer(id = 'billing') {
      const { body } = await store.get(`/observers/${id}`);
      return body as Readonly<Record<string, unknown>>;
    },
    change: (method, path, body) => store.request(`${api}${path}`, { method, body }),
    deliveries: (id = 'billing') => list(`/observers/${id}/deliveries?limit=1000`, 'deliveries'),
    deadLetters: (query = '') => list(`/dead-letters?limit=1000${query}`, 'dead_letters'),
    received: (...ids) =>
      eventually(() => {
        expect(receiver.ids()).toEqual(ids);
      }),
    async [Symbol.asyncDispose]() {
      await store.stop();
      await receiver.close();
    },
  };
}
