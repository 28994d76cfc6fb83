import { keepTrying } from './keep-trying';
import { createVirtualClock } from './virtual-clock';

describe('keepTrying', () => {
  it('tries again with growing delays until it succeeds', async () => {
    const clock = createVirtualClock(new Date(0));
    const triedAt: number[] = [];
    const result = keepTrying(
      async () => {
        triedAt.push(clock.now().getTime());
        if (triedAt.length < 4) throw new Error('away');
        return 'done';
      },
      { clock, signal: new AbortController().signal, backoff: { firstMs: 1_000, maxMs: 2_000 } },
    );

    await clock.advance(10_000);

    expect(await result).toBe('done');
    expect(triedAt).toHaveLength(4);
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
