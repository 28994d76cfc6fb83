import { gatherTurn } from './gather-turn';

describe('gatherTurn', () => {
  it('runs together what is asked for in one turn, and answers each its own', async () => {
    const runs: (readonly number[])[] = [];
    const double = gatherTurn((numbers: readonly number[]) => {
      runs.push(numbers);
      return Promise.resolve(numbers.map((number) => 2 * number));
    });

    const first = await Promise.all([1, 2, 3].map(double));
    const second = await double(4);

    expect([first, second]).toEqual([[2, 4, 6], 8]);
    expect(runs).toEqual([[1, 2, 3], [4]]);
  });

  it('gathers also what waits for something in between, while nothing comes from outside', async () => {
    const sizes: number[] = [];
    const ask = gatherTurn((items: readonly number[]) => {
      sizes.push(items.length);
      return Promise.resolve(items);
    });

    await Promise.all(
      [0, 1, 2].map(async (hops) => {
        for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
        return ask(hops);
      }),
    );

    expect(sizes).toEqual([3]);
  });

  it('never runs more than 128 together', async () => {
    const sizes: number[] = [];
    const ask = gatherTurn((items: readonly number[]) => {
      sizes.push(items.length);
      return Promise.resolve(items);
    });
    const asked = Array.from({ length: 300 }, (_, index) => index);

    expect(await Promise.all(asked.map(ask))).toEqual(asked);
    expect(sizes).toEqual([128, 128, 44]);
  });

  it('fails all that ran together, and only those', async () => {
    const ask = gatherTurn((items: readonly number[]) =>
      items.includes(13) ? Promise.reject(new Error('away')) : Promise.resolve(items),
    );

    const outcomes = await Promise.allSettled([12, 13].map(ask));

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(ask(14)).resolves.toBe(14);
  });
});
