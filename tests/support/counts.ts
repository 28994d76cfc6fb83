import { eventually } from '@fanfare/core/testing';
import { getJson, getPage, type Page } from './get-json';
import { readLedger } from './ledger';
import type { FaultSystem } from './system';

interface StoredOrder {
  readonly id: string;
  readonly total_amount: number;
}

interface NotificationRecord {
  readonly order_id: string;
  readonly event: string;
  readonly channel: string;
  readonly status: string;
}

/** Every order that the order-service holds, by walking its pages. */
export async function readAllOrders(orderUrl: string): Promise<readonly StoredOrder[]> {
  const orders: StoredOrder[] = [];
  let next: string | undefined = '/orders?limit=100';
  while (next) {
    const { body, link }: Page = await getPage(new URL(next, orderUrl).href);
    orders.push(...(body as StoredOrder[]));
    next = /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  }
  return orders;
}

/** Every notification that was recorded. */
export async function readAllNotifications(workerUrl: string): Promise<readonly NotificationRecord[]> {
  const records: NotificationRecord[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page: { notifications: NotificationRecord[]; next_cursor: string | null } = await getJson(
      `${workerUrl}/notifications?limit=1000${query}`,
    );
    records.push(...page.notifications);
    cursor = page.next_cursor;
  } while (cursor);
  return records;
}

interface Summary {
  readonly total_orders: number;
  readonly total_revenue: number;
}

const cents = (amount: number) => Math.round(amount * 100);

/**
 * The one truth that every fault must leave standing: each accepted order is stored; what is stored, what analytics
 * counts and what was notified are the same orders, each once; revenue agrees to the cent; nothing is parked or dead.
 * Waits until the system has caught up. Returns how many orders it was.
 */
export async function expectNothingLostOrDoubled(
  system: FaultSystem,
  accepted: readonly string[],
): Promise<number> {
  const [orderUrl, analyticsUrl, workerUrl] = [system.orders, system.analytics, system.notifications].map(
    (processes) => processes[0]?.url ?? '',
  ) as [string, string, string];
  // what clients sent may still be on its way, so everything is read again with each look
  const stored = await eventually(
    async () => {
      const orders = await readAllOrders(orderUrl);
      const revenue = orders.reduce((sum, { total_amount }) => sum + cents(total_amount), 0);
      const summary = await getJson<Summary>(`${analyticsUrl}/analytics/summary`);
      expect([summary.total_orders, cents(summary.total_revenue)]).toEqual([orders.length, revenue]);
      const records = await readAllNotifications(workerUrl);
      expect(records.filter(({ status }) => status !== 'sent')).toEqual([]);
      expect(records.map(({ order_id }) => order_id).sort()).toEqual(orders.map(({ id }) => id).sort());
      return orders;
    },
    { timeoutMs: 100_000, everyMs: 300 },
  );
  const ids = new Set(stored.map(({ id }) => id));
  expect(ids.size).toBe(stored.length);
  expect(accepted.filter((id) => !ids.has(id))).toEqual([]);

  for (const url of [analyticsUrl, workerUrl]) {
    const ledger = await readLedger(url);
    expect(ledger).toMatchObject({ balanced: true });
    for (const group of ledger.groups) expect(group).toMatchObject({ parked: 0, dead_letters: 0 });
  }
  return stored.length;
}
