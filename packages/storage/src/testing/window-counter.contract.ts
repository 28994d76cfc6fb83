import { randomUUID } from 'node:crypto';
import { eventually } from '@fanfare/core/testing';
import { openWindowCounter } from '../open-window-counter';
import type { WindowCounter } from '../window-counter';
import type { CacheUnderTest } from './adapters';
import { itWhen } from './capability';

/** Every promise of `WindowCounter`, checked wherever there is a cache. */
export function describeWindowCounterContract(name: string, { url, capabilities }: CacheUnderTest): void {
  describe(`WindowCounter on ${name}`, () => {
    const prefix = `fanfare-test:${randomUUID()}:`;
    const opened: WindowCounter[] = [];

    async function open(windowMs = 60_000): Promise<WindowCounter> {
      const counter = await openWindowCounter(url, { windowMs, prefix });
      opened.push(counter);
      return counter;
    }

    const countsOf = async (counter: WindowCounter, keys: readonly string[]) => {
      const counts = [];
      for (const key of keys) counts.push((await counter.count(key)).count);
      return counts;
    };

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((counter) => counter.close()));
    });

    it('counts each key for itself', async () => {
      expect(await countsOf(await open(), ['a', 'b', 'a', 'a', 'b'])).toEqual([1, 1, 2, 3, 2]);
    });

    it('loses none of those that come together', async () => {
      const counter = await open();

      const counted = await Promise.all(Array.from({ length: 50 }, async () => counter.count('together')));

      expect(counted.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
    });

    it('says when the window ends, which is no later for those that come later', async () => {
      const counter = await open();

      const [first, second] = [await counter.count('c'), await counter.count('c')];

      expect(first.endsInMs).toBeGreaterThan(50_000);
      expect(first.endsInMs).toBeLessThanOrEqual(60_000);
      expect(second.endsInMs).toBeLessThanOrEqual(first.endsInMs);
    });

    it('begins a new window after the end of the last', async () => {
      const counter = await open(50);
      await counter.count('d');
      await counter.count('d');

      await eventually(async () => {
        expect((await counter.count('d')).count).toBe(1);
      });
    });

    itWhen(capabilities.shared)('counts together with others', async () => {
      const [one, other] = [await open(), await open()];

      expect([...(await countsOf(one, ['e', 'e'])), ...(await countsOf(other, ['e', 'e']))]).toEqual([
        1, 2, 3, 4,
      ]);
    });
  });
}
