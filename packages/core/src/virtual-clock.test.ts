import { createVirtualClock } from './virtual-clock';

describe('virtual clock', () => {
  it('stands still until it is advanced', async () => {
    const clock = createVirtualClock(new Date('2026-03-01T12:00:00.000Z'));

    await clock.advance(1_500);

    expect(clock.now().toISOString()).toBe('2026-03-01T12:00:01.500Z');
  });

  it('fires what is due in order of its time, with the time at which it was due', async () => {
    const clock = createVirtualClock(new Date(0));
    const fired: [string, number][] = [];
    clock.setTimer(200, () => fired.push(['second', clock.now().getTime()]));
    clock.setTimer(100, () => fired.push(['first', clock.now().getTime()]));
    clock.setTimer(301, () => fired.push(['late', clock.now().getTime()]));

    await clock.advance(300);

    expect(fired).toEqual([
      ['first', 100],
      ['second', 200],
    ]);
  });

  it('lets a sleeper that sleeps again wake twice on the way', async () => {
    const clock = createVirtualClock(new Date(0));
    const woken: number[] = [];
    const loop = async () => {
      for (let round = 0; round < 2; round += 1) {
        await clock.sleep(100);
        woken.push(clock.now().getTime());
      }
    };
    void loop();

    await clock.advance(250);

    expect(woken).toEqual([100, 200]);
  });

  it('wakes a sleeper at once when its signal aborts, and forgets it', async () => {
    const clock = createVirtualClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(1_000_000, stop.signal);

    stop.abort();
    await sleeping;

    expect(clock.pending).toBe(0);
  });

  it('does not fire a cancelled timer', async () => {
    const clock = createVirtualClock();
    let isFired = false;
    clock
      .setTimer(10, () => {
        isFired = true;
      })
      .cancel();

    await clock.advance(20);

    expect(isFired).toBe(false);
  });
});
