import { createVirtualClock } from '@fanfare/core';
import { createRests } from './rests';

describe('rests between writings', () => {
  const clock = createVirtualClock();

  it('are twenty times as long as the writing was, for all who want to write meanwhile', async () => {
    const write = createRests(clock);
    const startedMs: number[] = [];
    const record = () => Promise.resolve(startedMs.push(clock.elapsedMs()));
    await write(() => clock.advance(2));
    const endedMs = clock.elapsedMs();

    const writings = [write(record), write(record)];
    await clock.advance(39);
    expect(startedMs).toEqual([]);
    await clock.advance(1);
    await Promise.all(writings);

    expect(startedMs).toEqual([endedMs + 40, endedMs + 40]);
  });

  it('never last longer than 250 ms, also after a writing that failed', async () => {
    const write = createRests(clock);
    const slow = write(async () => {
      await clock.advance(60_000);
      throw new Error('the disk is full');
    });
    await expect(slow).rejects.toThrow('the disk is full');
    const endedMs = clock.elapsedMs();

    const next = write(() => Promise.resolve(clock.elapsedMs()));
    await clock.advance(250);

    expect(await next).toBe(endedMs + 250);
  });

  it('are none when writing takes no time', async () => {
    const write = createRests(clock);
    await write(() => Promise.resolve());

    expect(await write(() => Promise.resolve('written'))).toBe('written');
  });
});
