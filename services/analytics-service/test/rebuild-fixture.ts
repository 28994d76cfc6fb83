import { eventually } from '@fanfare/core/testing';
import type { TestResponse } from '@fanfare/service-kit/testing';
import { openDatabase } from '@fanfare/storage';
import type { DatabaseUnderTest } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import type { Difference } from '../src/rebuild/rebuild';
import { startEventStore, type TestEventStore } from './event-store';
import { orderMovedEvent, orderPlacedEvent } from './samples';
import { startSystem, type System, type SystemOptions } from './system';

export interface RebuildBody {
  readonly id: string;
  readonly status: string;
  readonly difference: Difference | null;
}

/** Analytics beside an event store, for the tests of one `describe`. */
export interface RebuildFixture {
  readonly system: System;
  readonly store: TestEventStore;
  /** Asks the instance that was started last. */
  readonly request: (path: string, method?: 'GET' | 'POST', body?: object) => Promise<TestResponse>;
  /** Begins a rebuild; returns where it can be followed. */
  readonly begin: (body?: object) => Promise<string>;
  /** Waits until the rebuild has at least these fields. */
  readonly until: (location: string, fields: object) => Promise<RebuildBody>;
  /** Begins a rebuild and waits until it is completed. */
  readonly rebuild: (body?: object) => Promise<RebuildBody>;
  /** For each table that differed: its name, and how many rows were missing, changed, and too many. */
  readonly rebuildAndCount: () => Promise<readonly unknown[] | undefined>;
  /** Runs statements past analytics, as people do by hand; returns the rows of the last. */
  readonly byHand: (...statements: readonly string[]) => Promise<readonly unknown[]>;
  /** Orders o-1 (cancelled), o-2 and o-3, which are counted when it returns: four events. */
  readonly placeThree: () => Promise<void>;
}

export function useRebuilds(
  { createUrl }: Pick<DatabaseUnderTest, 'createUrl'>,
  { env, ...options }: SystemOptions = {},
): RebuildFixture {
  let databaseUrl: string;
  let store: TestEventStore;
  let system: System;

  beforeEach(async () => {
    databaseUrl = await createUrl();
    store = await startEventStore({ read: (from, limit) => system.producer.read(from, limit) });
    system = await startSystem({
      ...options,
      env: { DATABASE_URL: databaseUrl, EVENT_STORE_URL: store.url, ...env },
    });
  });

  afterEach(async () => {
    await system[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  const fixture: RebuildFixture = {
    get system() {
      return system;
    },
    get store() {
      return store;
    },
    request: (path, method = 'GET', body) =>
      (system.instances.at(-1) ?? system.analytics).request(path, { method, body }),
    async begin(body) {
      const { status, headers } = await fixture.request('/analytics/rebuild', 'POST', body);
      expect(status).toBe(202);
      return headers['location'] ?? '';
    },
    until: (location, fields) =>
      eventually(async () => {
        const { status, body } = await fixture.request(location);
        expect({ status, body }).toMatchObject({ status: 200, body: fields });
        return body as RebuildBody;
      }),
    rebuild: async (body) => fixture.until(await fixture.begin(body), { status: 'completed' }),
    async rebuildAndCount() {
      const { difference } = await fixture.rebuild();
      return difference?.tables.map(({ table, missing, changed, extra }) => [table, missing, changed, extra]);
    },
    async byHand(...statements) {
      const database = await openDatabase(databaseUrl);
      try {
        let rows: readonly unknown[] = [];
        for (const text of statements) ({ rows } = await sql.raw(text).execute(database.queries));
        return rows;
      } finally {
        await database.close();
      }
    },
    async placeThree() {
      await system.producer.publish(
        orderPlacedEvent('o-1', { customer: 'c-1', product: 'p-1', amount: 10.01, quantity: 1 }),
        orderPlacedEvent('o-2', { customer: 'c-2', product: 'p-1', amount: 20.02, quantity: 2 }),
        orderPlacedEvent('o-3', { customer: 'c-2', product: 'p-2', amount: 0.07, quantity: 3 }),
        orderMovedEvent('o-1', 'cancelled'),
      );
      await system.untilSummary({ total_orders: 3, cancelled_orders: 1 });
    },
  };
  return fixture;
}
