import { createMutex } from './mutex';

describe('mutex', () => {
  it('runs one after the other, in the order of the calls, also after a failure', async () => {
    const mutex = createMutex();
    const log: string[] = [];
    const step = (name: string) => async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (name === 'a') throw new Error('failed');
    };

    const results = await Promise.allSettled([mutex.run(step('a')), mutex.run(step('b'))]);

    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
