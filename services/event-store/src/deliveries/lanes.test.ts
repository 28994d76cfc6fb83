import { createVirtualClock } from '@fanfare/core';
import { createLanes } from './lanes';

describe('lanes', () => {
  const clock = createVirtualClock();

  it('keep the order of each lane and pass each other', async () => {
    const lanes = createLanes(2);
    const ended: string[] = [];
    const run = (lane: string, name: string, ms: number) =>
      lanes.run(lane, async () => {
        await clock.sleep(ms);
        ended.push(name);
      });

    const all = Promise.all([
      run('a', 'a1', 100),
      run('a', 'a2', 10),
      run('b', 'b1', 10),
      run('b', 'b2', 10),
    ]);
    await clock.advance(200);
    await all;

    expect(ended).toEqual(['b1', 'b2', 'a1', 'a2']);
  });

  it('run no more at a time than they may', async () => {
    const lanes = createLanes(3);
    let running = 0;
    let most = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(10);
      running -= 1;
    };

    const all = Promise.all(Array.from({ length: 20 }, (_, index) => lanes.run(`lane-${index}`, work)));
    await clock.advance(1_000);
    await all;

    expect(most).toBe(3);
  });
});
