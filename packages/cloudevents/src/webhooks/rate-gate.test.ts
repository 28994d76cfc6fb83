import { createVirtualClock } from '@fanfare/core';
import { createRateGate } from './rate-gate';

describe('a rate gate', () => {
  it('lets pass what was granted in a minute, evenly, in order, and drops nothing', async () => {
    const clock = createVirtualClock();
    const startMs = clock.elapsedMs();
    const waitForTurn = createRateGate(120, clock);
    const passed: (readonly [number, number])[] = [];
    for (let number = 0; number < 300; number += 1) {
      void waitForTurn().then(() => passed.push([number, clock.elapsedMs() - startMs]));
    }

    await clock.advance(149_500);

    expect(passed).toEqual(Array.from({ length: 300 }, (_, number) => [number, number * 500]));
  });

  it('saves up no turns while nothing passes', async () => {
    const clock = createVirtualClock();
    const waitForTurn = createRateGate(60, clock);
    let passed = 0;
    await clock.advance(60_000);

    for (let number = 0; number < 10; number += 1) void waitForTurn().then(() => (passed += 1));
    await clock.advance(999);

    expect(passed).toBe(1);
  });

  it('makes nobody wait when the rate is unlimited', async () => {
    const clock = createVirtualClock();
    const waitForTurn = createRateGate('unlimited', clock);

    for (let number = 0; number < 100; number += 1) await waitForTurn();

    expect(clock.pending).toBe(0);
  });

  it('lets go of who no longer wants to wait', async () => {
    const clock = createVirtualClock();
    const waitForTurn = createRateGate(1, clock);
    const stop = new AbortController();
    await waitForTurn();

    const turn = waitForTurn(stop.signal);
    stop.abort();
    await turn;

    expect(clock.pending).toBe(0);
  });
});
