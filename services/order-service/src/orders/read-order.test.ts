import { AppError, createVirtualClock, hasCode } from '@fanfare/core';
import { openCache } from '@fanfare/storage';
import { newOrder, changeStatus, type Order } from './order';
import { createOrderCache } from './order-cache';
import { createReadOrder } from './read-order';

const at = new Date('2026-01-01T10:00:00.000Z');
const placed = newOrder(
  { customerId: 'customer-1', productId: 'product-1', quantity: 1, totalMinor: 100 },
  { id: 'order-1', currency: 'USD', at },
);
const confirmed = changeStatus(placed, 'confirmed', at);

interface Query {
  readonly answer: (order: Order | null) => void;
  readonly fail: (error: unknown) => void;
}

/** Reads from a database whose queries are answered by hand. */
async function createReading() {
  const clock = createVirtualClock();
  const server = await openCache('memory:', { clock });
  const cache = createOrderCache({ cache: server, clock });
  const queries: Query[] = [];
  const find = () =>
    new Promise<Order | null>((answer, fail) => {
      queries.push({ answer, fail });
    });
  const readOrder = createReadOrder({ orders: { find }, cache, logger: { debug: () => undefined } });
  return { clock, server, cache, queries, read: () => readOrder(placed.id) };
}

const settle = () => new Promise(setImmediate);

describe('reading an order', () => {
  it('asks the database once for a hundred readers who miss the cache at the same time', async () => {
    const { queries, read } = await createReading();

    const readers = Promise.all(Array.from({ length: 100 }, read));
    await settle();
    queries[0]?.answer(placed);

    expect(new Set((await readers).map((order) => order?.version))).toEqual(new Set([1]));
    expect(queries).toHaveLength(1);
  });

  it('needs the database no more once the order is cached', async () => {
    const { queries, read, cache } = await createReading();
    cache.keep({ id: placed.id, version: 1, text: '{}' });

    expect(await read()).toMatchObject({ version: 1, text: '{}' });
    expect(queries).toHaveLength(0);
  });

  it('does not share a query that began before a change that was answered', async () => {
    const { queries, read, cache } = await createReading();
    const before = read();
    await settle();
    await cache.beforeChange(placed.id, 2);

    const after = read();
    await settle();
    queries[0]?.answer(placed);
    await settle();
    queries[1]?.answer(confirmed);

    expect((await before)?.version).toBe(1);
    expect((await after)?.version).toBe(2);
  });

  it('asks at most twice while the cache is away, however many read', async () => {
    const { server, queries, read } = await createReading();
    await server.close();

    const readers = Promise.all(Array.from({ length: 100 }, read));
    await settle();
    queries[0]?.answer(placed);
    await settle();
    queries[1]?.answer(placed);

    expect(await readers).toHaveLength(100);
    expect(queries).toHaveLength(2);
  });

  it('asks once within a second for an order that is not there', async () => {
    const { clock, queries, read } = await createReading();
    const missing = read();
    await settle();
    queries[0]?.answer(null);

    expect(await missing).toBeNull();
    expect(await read()).toBeNull();
    expect(queries).toHaveLength(1);
    await clock.advance(1_000);
    void read();
    await settle();
    expect(queries).toHaveLength(2);
  });

  it('fails for all who share a query that fails, and asks anew for those who come after', async () => {
    const { queries, read } = await createReading();
    const readers = Promise.allSettled([read(), read()]);
    await settle();
    queries[0]?.fail(new AppError('unavailable', 'the database is away'));

    for (const outcome of await readers) {
      expect(outcome.status === 'rejected' && hasCode(outcome.reason, 'unavailable')).toBe(true);
    }
    const later = read();
    await settle();
    queries[1]?.answer(placed);
    expect((await later)?.version).toBe(1);
  });
});
