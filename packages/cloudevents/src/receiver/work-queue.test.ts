import { createWorkQueue } from './work-queue';

/** Work that ends when it is told to. */
function createWorks() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    started,
    work: (name: string) => () => {
      started.push(name);
      return new Promise<string>((resolve) => {
        ends.set(name, () => {
          resolve(name);
        });
      });
    },
    end: async (name: string) => {
      ends.get(name)?.();
      await new Promise(setImmediate);
    },
  };
}

describe('the work queue', () => {
  it('runs no more at a time than it may, and the others in the order of the calls', async () => {
    const { started, work, end } = createWorks();
    const queue = createWorkQueue({ concurrency: 2, maxQueued: 10 });
    const results = ['a', 'b', 'c', 'd'].map((name) => queue.run(undefined, work(name)));

    expect(started).toEqual(['a', 'b']);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd']) await end(name);

    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('runs one at a time of each lane, in order, while other lanes go on', async () => {
    const { started, work, end } = createWorks();
    const queue = createWorkQueue({ concurrency: 10, maxQueued: 10 });
    for (const name of ['x1', 'x2', 'y1', 'x3']) void queue.run(name[0], work(name));

    expect(started).toEqual(['x1', 'y1']);
    await end('x1');
    expect(started).toEqual(['x1', 'y1', 'x2']);
    await end('x2');
    await end('y1');

    expect(started).toEqual(['x1', 'y1', 'x2', 'x3']);
  });

  it('keeps the order of a lane whose first waits for room', async () => {
    const { started, work, end } = createWorks();
    const queue = createWorkQueue({ concurrency: 1, maxQueued: 10 });
    for (const name of ['a', 'x1', 'x2', 'b']) {
      void queue.run(name.startsWith('x') ? 'x' : undefined, work(name));
    }

    for (const name of ['a', 'x1', 'b', 'x2']) await end(name);

    expect(started).toEqual(['a', 'x1', 'b', 'x2']);
  });

  it('goes on with a lane after work that failed', async () => {
    const queue = createWorkQueue({ concurrency: 1, maxQueued: 10 });

    const failed = queue.run('x', () => Promise.reject(new Error('broken')));
    const next = queue.run('x', async () => 'done');

    await expect(failed).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });

  it('is full when as much waits as may wait', async () => {
    const { work, end } = createWorks();
    const queue = createWorkQueue({ concurrency: 1, maxQueued: 1 });

    void queue.run('x', work('a'));
    expect(queue.isFull()).toBe(false);
    void queue.run('x', work('b'));
    expect(queue.isFull()).toBe(true);
    await end('a');

    expect(queue.isFull()).toBe(false);
  });

  it('is idle when the last work has ended', async () => {
    const { work, end } = createWorks();
    const queue = createWorkQueue({ concurrency: 1, maxQueued: 10 });
    await queue.whenIdle();
    void queue.run(undefined, work('a'));
    void queue.run('x', work('b'));
    let isIdle = false;
    void queue.whenIdle().then(() => (isIdle = true));

    await end('a');
    expect(isIdle).toBe(false);
    await end('b');

    expect(isIdle).toBe(true);
  });
});
