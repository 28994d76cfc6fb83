import { setImmediate } from 'node:timers/promises';
import { createVirtualClock } from '@fanfare/core';
import { createWaiting } from './waiting';

describe('a call that waits', () => {
  const topics = ['news'];

  it('looks again when it is told to, and gets what there is', async () => {
    const waiting = createWaiting(createVirtualClock());
    const news: string[] = [];
    const waits = waiting.until({ topics, waitMs: 1_000, signal: new AbortController().signal }, () =>
      Promise.resolve(news[0]),
    );
    news.push('here');
    waiting.tell('news');

    expect(await waits).toBe('here');
  });

  it('does not look any more when its caller has gone, however much there is by then', async () => {
    const waiting = createWaiting(createVirtualClock());
    const hangUp = new AbortController();
    const look = jest.fn<Promise<string | undefined>, []>().mockResolvedValueOnce(undefined);
    look.mockResolvedValue('taken by nobody');
    const waits = waiting.until({ topics, waitMs: 60_000, signal: hangUp.signal }, look);
    await setImmediate();
    hangUp.abort();

    expect(await waits).toBeUndefined();
    expect(look).toHaveBeenCalledTimes(1);
  });
});
