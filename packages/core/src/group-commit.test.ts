import { createGroupCommit } from './group-commit';
import { eventually } from './testing';

/** A run that ends when it is told to, and remembers what it was given. */
function createManualRun() {
  const groups: (readonly string[])[] = [];
  const releases: (() => void)[] = [];
  const run = async (items: readonly string[]) => {
    groups.push(items);
    await new Promise<void>((resolve) => releases.push(resolve));
    return items.map((item) => item.toUpperCase());
  };
  return { groups, run, release: () => releases.shift()?.() };
}

const isOneItemsFault = (error: unknown) => error instanceof Error && error.message === 'bad item';

describe('group commit', () => {
  it('runs a lone item at once', async () => {
    const { groups, run, release } = createManualRun();
    const commit = createGroupCommit(run, { isOneItemsFault });

    const result = commit('a');
    release();

    expect(await result).toBe('A');
    expect(groups).toEqual([['a']]);
  });

  it('gathers what comes during a run into the next one, and gives everyone their own result', async () => {
    const { groups, run, release } = createManualRun();
    const commit = createGroupCommit(run, { isOneItemsFault });
    const first = commit('a');
    const others = [commit('b'), commit('c')];

    release();
    await first;
    await eventually(() => {
      expect(groups).toHaveLength(2);
    });
    release();

    expect(await Promise.all(others)).toEqual(['B', 'C']);
    expect(groups).toEqual([['a'], ['b', 'c']]);
  });

  it('keeps groups within their bound', async () => {
    const groups: number[] = [];
    const commit = createGroupCommit(
      async (items: readonly number[]) => {
        groups.push(items.length);
        return items;
      },
      { maxGroup: 2, isOneItemsFault },
    );

    await Promise.all([1, 2, 3, 4, 5, 6].map((item) => commit(item)));

    expect(Math.max(...groups)).toBe(2);
  });

  it('never lets one bad item harm its neighbours', async () => {
    const commit = createGroupCommit(
      async (items: readonly string[]) => {
        if (items.includes('bad')) throw new Error('bad item');
        return items;
      },
      { isOneItemsFault },
    );

    const results = await Promise.allSettled([commit('first'), commit('a'), commit('bad'), commit('b')]);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('does not run items again after a failure that is nobody’s fault: the outcome is not known', async () => {
    let runs = 0;
    const commit = createGroupCommit(
      async (items: readonly string[]) => {
        runs += 1;
        if (runs === 2) throw new Error('connection lost');
        return items;
      },
      { isOneItemsFault },
    );

    const results = await Promise.allSettled([commit('first'), commit('a'), commit('b')]);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(runs).toBe(2);
  });

  it('refuses when too many wait', async () => {
    const { run } = createManualRun();
    const commit = createGroupCommit(run, { maxWaiting: 1, isOneItemsFault });
    void commit('running');
    void commit('waiting');

    await expect(commit('too many')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
