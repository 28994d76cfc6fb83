import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLocalHub } from '@fanfare/messaging';
import { hostForTest } from '@fanfare/service-kit/testing';
import { openDatabase } from '@fanfare/storage';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allServices } from '../src';

const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 1, total_amount: 1.25 };

describe('an event that is taken out of the topic log behind the back of a running system', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fanfare-taken-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The services of the system, by their numbers; each keeps its data over several starts. */
  const factories = (...numbers: readonly number[]) => {
    const names = ['ORDER', 'ANALYTICS', 'EVENT_STORE', 'MEDIATOR', 'NOTIFICATION'];
    const urls = names.map((name): [string, string] => [
      `${name}_DATABASE_URL`,
      `sqlite:${path.join(folder, `${name}.db`)}`,
    ]);
    const log = { EVENT_LOG_URL: `sqlite:${path.join(folder, 'log.db')}` };
    const all = allServices({ ...Object.fromEntries(urls), ...log });
    return numbers.flatMap((number) => all[number] ?? []);
  };

  async function takeOut(sequence: number) {
    const database = await openDatabase(`sqlite:${path.join(folder, 'ORDER.db')}`);
    const { numDeletedRows } = await database.queries
      .withTables<{ topic_log: { first_sequence: number } }>()
      .deleteFrom('topic_log')
      .where('first_sequence', '=', sequence)
      .executeTakeFirstOrThrow();
    await database.close();
    expect(Number(numDeletedRows)).toBe(1);
  }

  it('is named by the ledger of each group that misses it, and counted for the alert; all others have their effect once', async () => {
    const clock = createSystemClock();
    const hub = createLocalHub({ clock });
    await using orders = await hostForTest(factories(0), { clock, hub });
    for (let placed = 0; placed < 5; placed += 1) {
      await orders.request('/orders', { method: 'POST', body: order });
    }
    // what the relay still holds in memory would reach the groups over the bus, in spite of the hole in the log
    await eventually(async () => {
      expect((await orders.request('/ledger')).body).toMatchObject({
        topics: expect.arrayContaining([
          expect.objectContaining({ topic: 'orders', published: 5 }),
        ]) as unknown,
      });
    });
    await takeOut(3);

    await using groups = await hostForTest(factories(1, 2, 4), { clock, hub });

    for (const [group, url] of Object.entries(groups.host.urls)) {
      await eventually(async () => {
        const ledger = (await groups.request(`${url}/ledger`)).body;
        expect(ledger).toMatchObject({ balanced: false });
        expect((ledger as { groups: unknown[] }).groups).toContainEqual(
          expect.objectContaining({ group, topic: 'orders', head: 5, applied: 5, missing: [3] }),
        );
      });
      const metrics = String((await groups.request(`${url}/metrics`)).body);
      expect(metrics).toContain(`\nmissing_events{group="${group}"} 1\n`);
    }
    const summary = (await groups.request(`${groups.host.urls['analytics-service'] ?? ''}/analytics/summary`))
      .body;
    expect(summary).toMatchObject({ total_orders: 4, total_revenue: 5 });
  });
});
