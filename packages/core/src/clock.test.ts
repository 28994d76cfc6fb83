import { createSystemClock } from './clock';

const longest = 2 ** 31 - 1;

describe('the clock of the machine', () => {
  const clock = createSystemClock();

  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('waits for months too, longer than one timer of Node can', async () => {
    const done: string[] = [];
    void clock.sleep(2 * longest + 2).then(() => done.push('slept'));
    clock.setTimer(longest + 1, () => done.push('fired'));

    await jest.advanceTimersByTimeAsync(longest);
    expect(done).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(done).toEqual(['fired']);
    await jest.advanceTimersByTimeAsync(longest);
    expect(done).toEqual(['fired']);
    await jest.advanceTimersByTimeAsync(1);
    expect(done).toEqual(['fired', 'slept']);
  });

  it('forgets a timer that is cancelled, whichever of its steps it is in', async () => {
    const done: string[] = [];
    const timer = clock.setTimer(longest + 1, () => done.push('fired'));

    await jest.advanceTimersByTimeAsync(longest);
    timer.cancel();
    await jest.advanceTimersByTimeAsync(longest);

    expect(done).toEqual([]);
  });

  it('wakes a sleeper whose signal aborts, and lets none sleep whose signal has', async () => {
    const stop = new AbortController();
    const sleeping = clock.sleep(longest + 1, stop.signal);

    stop.abort();

    await sleeping;
    await clock.sleep(1_000, stop.signal);
    expect(jest.getTimerCount()).toBe(0);
  });
});
