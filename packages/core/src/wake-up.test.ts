import { createVirtualClock } from './virtual-clock';
import { createWakeUp } from './wake-up';

describe('a loop that rests', () => {
  type Resting = ReturnType<typeof rest>;

  function rest() {
    const clock = createVirtualClock();
    const wakeUp = createWakeUp(clock);
    const stop = new AbortController();
    const seen = { isOver: false };
    const begin = () => {
      seen.isOver = false;
      void wakeUp.wait(1_000, stop.signal).then(() => {
        seen.isOver = true;
      });
    };
    return { clock, wakeUp, stop, seen, begin };
  }

  it.each([
    ['is woken', ({ wakeUp }: Resting) => wakeUp.wake],
    ['is told to stop', ({ stop }: Resting) => stop.abort.bind(stop)],
  ])('goes on when it %s', async (_, actOf) => {
    const resting = rest();
    resting.begin();
    await resting.clock.advance(999);
    expect(resting.seen.isOver).toBe(false);

    actOf(resting)();
    await resting.clock.advance(0);

    expect(resting.seen.isOver).toBe(true);
    expect(resting.clock.pending).toBe(0);
  });

  it('goes on when its time is over', async () => {
    const { clock, seen, begin } = rest();
    begin();

    await clock.advance(1_000);

    expect(seen.isOver).toBe(true);
  });

  it('does not begin to rest when it was woken while it worked, and rests the time after that', async () => {
    const { clock, wakeUp, seen, begin } = rest();
    wakeUp.wake();
    wakeUp.wake();
    expect(wakeUp.isWoken).toBe(true);

    begin();
    await clock.advance(0);
    expect(seen.isOver).toBe(true);

    begin();
    await clock.advance(0);
    expect(seen.isOver).toBe(false);
    expect(wakeUp.isWoken).toBe(false);
  });
});
