import { eventually } from '@fanfare/core/testing';
import { randomInt } from 'node:crypto';
import { startLoad, untilAccepted } from '../support/load';
import { startSagaSystem, type SagaSystem } from '../support/saga-system';
import { readAllOrders } from '../support/counts';
import { getJson } from '../support/get-json';

const orderCount = Number(process.env['SAGA_ORDERS'] ?? 100);
const seed = Number(process.env['SAGA_SEED'] ?? randomInt(1_000_000));
const victims = ['mediator', 'orders', 'inventory', 'payment', 'shipping', 'mediator'] as const;

interface Order {
  readonly id: string;
  readonly quantity: number;
  readonly total_amount: number;
  readonly status: string;
}

interface Entry {
  readonly booking_id: string;
  readonly kind: 'do' | 'undo';
  readonly order_id: string;
  readonly amount: number;
  readonly status: 'done' | 'refused';
}

const readOrders = async ({ orders }: SagaSystem) =>
  (await readAllOrders(orders.url)) as unknown as readonly Order[];

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
function createRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Places orders while one process after another is killed and started again. */
async function placeOrdersUnderFire(system: SagaSystem): Promise<readonly string[]> {
  const random = createRandom(seed);
  const load = startLoad([system.orders.url], 4);
  for (let killed = 0; killed < victims.length; killed += 1) {
    const share = (killed + random()) / victims.length;
    await untilAccepted(load, Math.floor(orderCount * share));
    const victim = system[victims[killed] ?? 'mediator'];
    await victim.kill();
    await victim.start();
    await victim.untilReady();
  }
  await untilAccepted(load, orderCount);
  return (await load.stop()).accepted;
}

async function untilAllHaveEnded(system: SagaSystem): Promise<readonly Order[]> {
  let orders: readonly Order[] = [];
  await eventually(
    async () => {
      orders = await readOrders(system);
      expect(orders.filter(({ status }) => status !== 'shipped' && status !== 'cancelled')).toEqual([]);
      for (const status of ['running', 'paused', 'compensating']) {
        const path = `/api/v1/mediators/order_fulfilment/workflows?limit=5&status=${status}`;
        const { workflows } = await getJson<{ workflows: readonly unknown[] }>(system.mediator.url + path);
        expect(workflows).toEqual([]);
      }
    },
    { timeoutMs: 240_000, everyMs: 500 },
  );
  return orders;
}

/** What a colleague has done in the end, by order. */
async function readBooks(url: string, name: string): Promise<ReadonlyMap<string, number>> {
  const amounts = new Map<string, number>();
  const done = new Set<string>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const path = `/colleagues/${name}/entries?limit=1000${cursor && `&cursor=${cursor}`}`;
    const page: { entries: readonly Entry[]; next_cursor: string | null } = await getJson(url + path);
    for (const { booking_id: booking, kind, order_id: order, amount, status } of page.entries) {
      if (status !== 'done') continue;
      const effect = `${kind} ${booking}`;
      expect(done).not.toContain(effect);
      done.add(effect);
      amounts.set(order, (amounts.get(order) ?? 0) + amount);
    }
    cursor = page.next_cursor;
  }
  return new Map([...amounts].filter(([, amount]) => amount !== 0));
}

describe(`the order saga, with unreliable colleagues and processes that are killed (SAGA_SEED=${seed})`, () => {
  let system: SagaSystem;

  beforeAll(async () => {
    system = await startSagaSystem({ failureRate: 0.2, timeoutRate: 0.05, duplicateRate: 0.05, seed });
  });
  afterAll(() => system.close());

  it('ships each order or cancels it, and stock and money are those of the orders that were shipped', async () => {
    const accepted = await placeOrdersUnderFire(system);
    const orders = await untilAllHaveEnded(system);

    const ids = new Set(orders.map(({ id }) => id));
    expect(accepted.filter((id) => !ids.has(id))).toEqual([]);
    const shipped = orders.filter(({ status }) => status === 'shipped');
    expect(shipped.length).toBeGreaterThan(0);
    expect(shipped.length).toBeLessThan(orders.length);
    const pieces = new Map(shipped.map(({ id, quantity }) => [id, quantity]));
    const cents = new Map(shipped.map(({ id, total_amount: amount }) => [id, Math.round(amount * 100)]));
    expect(await readBooks(system.inventory.url, 'inventory')).toEqual(pieces);
    expect(await readBooks(system.payment.url, 'payment')).toEqual(cents);
    expect(await readBooks(system.shipping.url, 'shipping')).toEqual(pieces);
    const revenue = [...cents.values()].reduce((sum, amount) => sum + amount, 0) / 100;
    await eventually(
      async () => {
        const summary = await getJson<object>(`${system.analytics.url}/analytics/summary`);
        expect(summary).toMatchObject({ total_orders: orders.length, total_revenue: revenue });
      },
      { timeoutMs: 60_000 },
    );
  });
});
