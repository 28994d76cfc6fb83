import { AppError, createVirtualClock } from '@fanfare/core';
import { openCache, type Cache } from '@fanfare/storage';
import { createOrderCache, type OrderCache } from './order-cache';

const id = 'order-1';
const first = { id, version: 1, text: '{"status":"pending"}' };
const second = { id, version: 2, text: '{"status":"confirmed"}' };

/** A cache in memory that can be taken away, and that keeps what it holds meanwhile. */
async function openCacheUnderTest({ maxUntold = 100 } = {}) {
  const clock = createVirtualClock();
  const server = await openCache('memory:', { clock });
  const connection = { isUp: true };
  const call = <T>(action: () => Promise<T>) =>
    connection.isUp ? action() : Promise.reject(new AppError('unavailable', 'the cache is away'));
  const cache: Cache = {
    ...server,
    get: (key) => call(() => server.get(key)),
    set: (key, value, ttlMs) => call(() => server.set(key, value, ttlMs)),
  };
  const stop = new AbortController();
  const orders = createOrderCache({ cache, clock, maxUntold });
  const teller = orders.teller.run(stop.signal);
  return {
    clock,
    connection,
    orders,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await teller;
    },
  };
}

async function change(orders: OrderCache, changed = second): Promise<void> {
  await orders.beforeChange(changed.id, changed.version);
  orders.afterChange(changed);
}

describe('the order cache', () => {
  it('gives back what it was told to keep, for a quarter of an hour', async () => {
    await using test = await openCacheUnderTest();
    test.orders.keep(first);

    expect(await test.orders.get(id)).toEqual({ kind: 'order', version: 1, text: first.text });
    await test.clock.advance(15 * 60_000);
    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 0 });
  });

  it('remembers for a second that there is no such order, and not when there is one by then', async () => {
    await using test = await openCacheUnderTest();
    test.orders.keepAbsent(id);
    test.orders.keepAbsent('order-2');

    expect(await test.orders.get(id)).toEqual({ kind: 'absent' });
    test.orders.keep(first);
    expect(await test.orders.get(id)).toMatchObject({ kind: 'order' });
    await test.clock.advance(1_000);
    expect(await test.orders.get('order-2')).toEqual({ kind: 'unknown', minVersion: 0 });
  });

  it('sends readers to the database from before a change is committed until it is told of it', async () => {
    await using test = await openCacheUnderTest();
    test.orders.keep(first);

    await test.orders.beforeChange(id, 2);

    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 2 });
    test.orders.afterChange(second);
    expect(await test.orders.get(id)).toMatchObject({ version: 2, text: second.text });
  });

  it('does not take the old state from a reader who still holds it when the change begins', async () => {
    await using test = await openCacheUnderTest();
    await test.orders.beforeChange(id, 2);

    test.orders.keep(first);

    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 2 });
    test.orders.afterChange(second);
    test.orders.keep(first);
    expect(await test.orders.get(id)).toMatchObject({ version: 2 });
  });

  it('is not asked for an order of whose change it could not be told, until it has been told', async () => {
    await using test = await openCacheUnderTest();
    test.orders.keep(first);
    test.connection.isUp = false;
    await change(test.orders);
    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 2 });

    test.connection.isUp = true;

    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 2 });
    await test.clock.advance(2_000);
    test.orders.keep(first);
    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 2 });
    test.orders.keep(second);
    expect(await test.orders.get(id)).toMatchObject({ kind: 'order', version: 2 });
  });

  it('is not asked from before the commit on when it did not hear that a change begins', async () => {
    await using test = await openCacheUnderTest();
    test.orders.keep(first);
    test.connection.isUp = false;
    await test.orders.beforeChange(id, 2);

    test.connection.isUp = true;

    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 2 });
  });

  it('is not asked either when it went away between the two messages of a change', async () => {
    await using test = await openCacheUnderTest();
    await test.orders.beforeChange(id, 2);
    test.connection.isUp = false;

    test.orders.afterChange(second);
    await test.clock.advance(0);

    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 2 });
  });

  it('wants no earlier version of an order because an earlier change fails to be told later', async () => {
    await using test = await openCacheUnderTest();
    test.connection.isUp = false;

    await test.orders.beforeChange(id, 3);
    test.orders.afterChange(second);
    await test.clock.advance(0);

    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: 3 });
  });

  it('is not asked for anything while more changes are untold than are remembered', async () => {
    await using test = await openCacheUnderTest({ maxUntold: 2 });
    test.orders.keep(first);
    test.connection.isUp = false;
    for (const other of ['order-2', 'order-3', 'order-4'])
      await change(test.orders, { ...second, id: other });
    test.connection.isUp = true;

    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: Infinity });
    await test.clock.advance(15 * 60_000 - 1);
    expect(await test.orders.get('order-4')).toEqual({ kind: 'unknown', minVersion: Infinity });
    await test.clock.advance(1);
    test.orders.keep(first);
    expect(await test.orders.get(id)).toMatchObject({ kind: 'order' });
  });

  it('trusts no answer that others share while it is away', async () => {
    await using test = await openCacheUnderTest();
    test.connection.isUp = false;

    expect(await test.orders.get(id)).toEqual({ kind: 'unknown', minVersion: Infinity });
  });

  it('goes without when the cache is too slow to follow, and lets no failed write escape', async () => {
    const refusals: ((reason: unknown) => void)[] = [];
    const set = () => new Promise<boolean>((_, reject) => refusals.push(reject));
    const cache = { ...(await openCache('memory:')), set };
    const orders = createOrderCache({ cache, clock: createVirtualClock() });

    for (let written = 0; written < 10_500; written += 1) orders.keep(first);

    expect(refusals).toHaveLength(10_000);
    for (const refuse of refusals.splice(0)) refuse(new AppError('unavailable', 'the cache is away'));
    await new Promise(setImmediate);
    orders.keep(first);
    expect(refusals).toHaveLength(1);
  });
});
