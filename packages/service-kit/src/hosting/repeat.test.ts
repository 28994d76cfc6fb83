import { createVirtualClock } from '@fanfare/core';
import { repeat } from './repeat';

function runRepeated(failing: readonly number[] = []) {
  const clock = createVirtualClock();
  const stop = new AbortController();
  const startedMs = clock.elapsedMs();
  const doneAt: number[] = [];
  const failures: string[] = [];
  let times = 0;
  const worker = repeat(
    async () => {
      times += 1;
      if (failing.includes(times)) throw new Error(`time ${times}`);
      doneAt.push(clock.elapsedMs() - startedMs);
    },
    {
      name: 'sweeper',
      restMs: 60_000,
      clock,
      backoff: { firstMs: 100, maxMs: 100 },
      onFailure: (error) => failures.push(String(error)),
    },
  );
  return { clock, stop, doneAt, failures, worker, ended: worker.run(stop.signal) };
}

describe('a worker that repeats', () => {
  it('begins at once and rests after each time', async () => {
    const { clock, doneAt, worker } = runRepeated();

    await clock.advance(150_000);

    expect(worker.name).toBe('sweeper');
    expect(doneAt).toEqual([0, 60_000, 120_000]);
  });

  it('tries again soon what failed, tells of it, and rests only after a success', async () => {
    const { clock, doneAt, failures } = runRepeated([1, 2, 4]);

    await clock.advance(90_000);

    expect(failures).toEqual(['Error: time 1', 'Error: time 2', 'Error: time 4']);
    expect(doneAt).toHaveLength(2);
    const [first = NaN, second = NaN] = doneAt;
    expect(first).toBeLessThanOrEqual(200);
    expect(second - first).toBeGreaterThanOrEqual(60_000);
  });

  it('ends while it rests, and does nothing any more', async () => {
    const { clock, stop, doneAt, ended } = runRepeated();
    await clock.advance(1_000);

    stop.abort();

    await ended;
    await clock.advance(120_000);
    expect(doneAt).toEqual([0]);
  });
});
