import { AppError, createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openCache, type Cache } from '@fanfare/storage';
import type { Totals } from './summary';
import { createSummaryReader, type ReadSummary } from './summary-reader';

/** A database whose answers can be held up, and which counts how often it is asked. */
function createTotals(clock: VirtualClock) {
  let version = 1;
  let delaysMs: number[] = [];
  let reads = 0;
  return {
    grow: () => void (version += 1),
    /** How long the next reads take, one after the other. */
    delayNext: (...all: number[]) => void (delaysMs = all),
    reads: () => reads,
    async readTotals(): Promise<Totals> {
      reads += 1;
      const totals = { orders: version, cancelledOrders: 0, revenueMinor: 100, version, lastEventAtMs: 0 };
      const delayMs = delaysMs.shift() ?? 0;
      if (delayMs > 0) await clock.sleep(delayMs);
      return totals;
    },
  };
}

const away: Pick<Cache, 'get' | 'set'> = {
  get: () => Promise.reject(new AppError('unavailable', 'away')),
  set: () => Promise.reject(new AppError('unavailable', 'away')),
};

describe('the summary reader', () => {
  let clock: VirtualClock;
  let totals: ReturnType<typeof createTotals>;
  let cache: Cache;

  beforeEach(async () => {
    clock = createVirtualClock();
    totals = createTotals(clock);
    cache = await openCache('memory:', { clock });
  });

  const createReader = (on: Pick<Cache, 'get' | 'set'> = cache) =>
    createSummaryReader({ reports: totals, cache: on, clock });
  const versionFrom = async (read: ReadSummary) => (await read()).version;

  it('answers from the cache for a second, then from the database', async () => {
    const read = createReader();
    await read();
    totals.grow();

    await clock.advance(999);
    expect(await versionFrom(read)).toBe(1);
    await clock.advance(1);
    expect(await versionFrom(read)).toBe(2);
    expect(totals.reads()).toBe(2);
  });

  it('counts the second from before the database was asked, however long it took', async () => {
    const read = createReader();
    totals.delayNext(900);
    const slow = read();
    await clock.advance(900);
    await slow;
    totals.grow();

    await clock.advance(100);
    expect(await versionFrom(read)).toBe(2);
  });

  it('asks the database once for all who ask at the same time', async () => {
    const read = createReader();
    totals.delayNext(10);

    const first = read();
    await clock.advance(5);
    const others = Array.from({ length: 50 }, () => read());
    await clock.advance(10);
    await Promise.all([first, ...others]);

    expect(totals.reads()).toBe(2);
  });

  it('does not let who asks later join a look that began before', async () => {
    const read = createReader();
    totals.delayNext(10);
    const early = read();
    await clock.advance(5);
    totals.grow();

    const late = read();
    await clock.advance(10);

    expect([(await early).version, (await late).version]).toEqual([1, 2]);
  });

  it('does not put an old value back that a slow reader still held', async () => {
    const [slowInstance, fastInstance] = [createReader(), createReader()];
    totals.delayNext(1_500);
    const slow = slowInstance();
    await clock.advance(100);
    totals.grow();
    expect(await versionFrom(fastInstance)).toBe(2);

    await clock.advance(1_400);
    await slow;

    expect(await versionFrom(fastInstance)).toBe(2);
    expect(await versionFrom(slowInstance)).toBe(2);
  });

  it('answers from the database while the cache is away', async () => {
    const read = createReader(away);
    expect(await versionFrom(read)).toBe(1);
    totals.grow();

    expect(await versionFrom(read)).toBe(2);
  });

  it('does not go back to what a cache held that was away for a moment', async () => {
    let isAway = false;
    const flapping = {
      get: (key: string) => (isAway ? away.get(key) : cache.get(key)),
      set: (...value: Parameters<Cache['set']>) => (isAway ? away.set(...value) : cache.set(...value)),
    };
    const read = createReader(flapping);
    await read();
    totals.grow();

    isAway = true;
    expect(await versionFrom(read)).toBe(2);
    isAway = false;

    expect(await versionFrom(read)).toBe(2);
    await clock.advance(1_000);
    expect(await versionFrom(read)).toBe(2);
  });

  it('never goes back for any of many readers who race with each other and with the events, on two instances', async () => {
    const instances = [createReader(), createReader()];
    const regressions: string[] = [];
    let newest = 0;
    totals.delayNext(
      ...Array.from({ length: 2_000 }, (_, look) => (look % 3 === 0 ? 1_100 : (look * 37) % 90)),
    );
    const stop = new AbortController();

    async function readOn(reader: number): Promise<void> {
      for (let round = 0; !stop.signal.aborted; round += 1) {
        const atLeast = newest;
        const seen = await versionFrom(instances[(reader + round) % 2] ?? createReader());
        if (seen < atLeast) regressions.push(`${seen} after ${atLeast}`);
        newest = Math.max(newest, seen);
        await clock.sleep(1 + ((reader * 13 + round * 7) % 90));
      }
    }
    const readers = Array.from({ length: 20 }, (_, reader) => readOn(reader));
    for (let event = 0; event < 600; event += 1) {
      totals.grow();
      await clock.advance(50);
    }
    stop.abort();
    let areDone = false;
    const done = Promise.all(readers).then(() => (areDone = true));
    await eventually(async () => {
      await clock.advance(1_000);
      expect(areDone).toBe(true);
    });
    await done;

    expect(newest).toBeGreaterThan(550);
    expect(regressions).toEqual([]);
  });
});
