import { keepTrying } from './keep-trying';
import { createVirtualClock } from './virtual-clock';

describe('keepTrying', () => {
  it('tries again with growing delays until it succeeds', async () => {
    const clock = createVirtualClock(new Date(0));
    const triedAt: number[] = [];
    const told: number[] = [];
    const result = keepTrying(
      async () => {
        triedAt.push(clock.elapsedMs());
        if (triedAt.length < 6) throw new Error('away');
        return 'done';
      },
      {
        clock,
        signal: new AbortController().signal,
        backoff: { firstMs: 100, maxMs: 100_000, factor: 20 },
        onFailure: (_, delayMs) => told.push(delayMs),
      },
    );

    await clock.advance(250_000);

    expect(await result).toBe('done');
    const waited = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    expect(waited).toEqual(told);
    // of each ceiling the jitter leaves a tenth at least
    const ceilings = [100, 2_000, 40_000, 100_000, 100_000];
    expect(waited.map((delayMs, index) => isWithin(delayMs, ceilings[index] ?? 0))).toEqual(
      ceilings.map(() => true),
    );
  });

  it('waits between tries: no busy loop', async () => {
    const clock = createVirtualClock(new Date(0));
    let tries = 0;
    void keepTrying(
      () => {
        tries += 1;
        return Promise.reject(new Error('away'));
      },
      { clock, signal: new AbortController().signal, backoff: { firstMs: 100, maxMs: 5_000 } },
    );

    await clock.advance(60_000);

    expect(tries).toBeLessThan(200);
    expect(tries).toBeGreaterThan(12);
  });

  it('ends without a result when it is told to stop', async () => {
    const clock = createVirtualClock();
    const stop = new AbortController();
    const result = keepTrying<string>(() => Promise.reject(new Error('away')), {
      clock,
      signal: stop.signal,
    });

    stop.abort();

    expect(await result).toBeUndefined();
  });

  it('throws what no retry can cure', async () => {
    const clock = createVirtualClock();

    const result = keepTrying(() => Promise.reject(new Error('wrong')), {
      clock,
      signal: new AbortController().signal,
      isRetryable: () => false,
    });

    await expect(result).rejects.toThrow('wrong');
  });
});

function isWithin(delayMs: number, ceilingMs: number): boolean {
  return delayMs >= ceilingMs / 10 && delayMs <= ceilingMs;
}
