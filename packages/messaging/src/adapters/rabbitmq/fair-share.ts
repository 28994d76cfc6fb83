import type { Clock } from '@fanfare/core';

/**
 * Spreads the partitions of a group over its members. RabbitMQ itself does not: the first member to come is the active
 * consumer of every queue, and the others only wait behind it. So a member that finds itself active in more than its
 * share hands some over, between two batches, to who waits longest there. Each member decides for itself, from the
 * number of consumers that the group has.
 */
export interface FairShare {
  /** Notes that this member is the active one in the partition. */
  took(partition: number): void;
  /** Notes that it no longer is. */
  left(partition: number): void;
  /** Resolves to true when the member should leave the partition to others; to false when `signal` aborts. */
  isToLeave(partition: number, countConsumers: () => Promise<number>, signal: AbortSignal): Promise<boolean>;
}

const lookEveryMs = 3_000;

export function createFairShare(partitions: number, clock: Clock): FairShare {
  const active = new Set<number>();

  return {
    took: (partition) => void active.add(partition),
    left: (partition) => void active.delete(partition),
    async isToLeave(partition, countConsumers, signal) {
      const isOver = () => signal.aborted || partitions === 1;
      while (!isOver()) {
        await clock.sleep(lookEveryMs, signal);
        if (isOver() || active.size === 1 || !active.has(partition)) continue;
        // a member has a consumer for each partition, but for a moment when it changes its place in the line
        const members = Math.max(1, Math.round((await countConsumers()) / partitions));
        const share = Math.ceil(partitions / members);
        // no await from here to the decision: partitions of one member decide one after the other
        if (active.size > share && active.delete(partition)) return true;
      }
      return false;
    },
  };
}
