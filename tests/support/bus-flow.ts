import { eventually } from '@fanfare/core/testing';
import { readLedger } from './ledger';
import { placeOrders } from './load';
import type { FaultSystem } from './system';

/** Enough that of four partitions hardly ever one gets none. */
const ordersOfALook = 32;

/**
 * Waits until orders reach every group over the bus alone. What the bus does not bring, groups read from the feed, sooner or
 * later, so that everything arrives however broken the bus is: this tells the one from the other.
 */
export async function untilBusCarries(system: FaultSystem): Promise<void> {
  await eventually(
    async () => {
      const before = await readGapsFilled(system);
      await placeOrders(system.orders[0]?.url ?? '', ordersOfALook);
      expect(await readGapsFilled(system)).toEqual(before);
    },
    { timeoutMs: 60_000, everyMs: 300 },
  );
}

/** How many events each group has read from the feed, once it has applied all there is. */
function readGapsFilled({ analytics, notifications }: FaultSystem): Promise<readonly number[]> {
  return eventually(
    () =>
      Promise.all(
        [analytics, notifications].map(async ([process]) => {
          const { groups } = await readLedger(process?.url ?? '');
          const partitions = groups.filter(({ topic }) => topic === 'orders');
          for (const { applied, head } of partitions) expect(applied).toBe(head);
          return partitions.reduce((sum, { gaps_filled }) => sum + gaps_filled, 0);
        }),
      ),
    { timeoutMs: 60_000, everyMs: 50 },
  );
}
