import type { Transaction } from '@fanfare/storage';
import type { ParkedStore } from './parked-store';

/** Keys of one partition with an event in front that later ones have to wait for. */
export interface BlockedKeys {
  /** Reads them anew while there are any: the retries, here or elsewhere, may have freed them. */
  read(tx?: Transaction): Promise<ReadonlySet<string>>;
  add(key: string): void;
  /** The next `read` asks the database: another member may have changed them. */
  forget(): void;
}

export function createBlockedKeys(parked: ParkedStore, partition: number): BlockedKeys {
  let known: Set<string> | undefined;
  return {
    async read(tx) {
      if (known?.size !== 0) known = await parked.blockedKeys(partition, tx);
      return known;
    },
    add(key) {
      known?.add(key);
    },
    forget() {
      known = undefined;
    },
  };
}
