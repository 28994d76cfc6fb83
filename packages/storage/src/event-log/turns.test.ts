import { createVirtualClock } from '@fanfare/core';
import { createTurns } from './turns';

describe('turns of a writer', () => {
  it('come at once, but for a pause after a while of one commit after the other', async () => {
    const clock = createVirtualClock();
    const turns = createTurns(clock);
    let begun = 0;
    const commit = async () => {
      await turns.begin();
      begun += 1;
      await clock.advance(100);
      turns.end();
    };
    for (let commits = 0; commits < 4; commits += 1) await commit();

    const next = commit();
    await clock.advance(19);
    const duringPause = begun;
    await clock.advance(1);
    await next;

    expect([duringPause, begun]).toEqual([4, 5]);
  });

  it('come at once after any pause that was there anyway', async () => {
    const clock = createVirtualClock();
    const turns = createTurns(clock);
    const startedMs = clock.elapsedMs();
    for (let commits = 0; commits < 20; commits += 1) {
      await turns.begin();
      await clock.advance(50);
      turns.end();
      await clock.advance(20);
    }

    expect(clock.elapsedMs() - startedMs).toBe(20 * 70);
  });
});
