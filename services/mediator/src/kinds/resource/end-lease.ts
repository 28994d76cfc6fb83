import type { Transaction } from '@fanfare/storage';
import type { PartDeps } from '../../part';
import { refuse } from '../../problems';
import { enterResource, noSuchLease, resourceTopic, type ResourceAddress } from './find-resource';
import { releaseLease, renewLease, type Lease } from './lease';
import { leaseStore } from './lease-store';

/** How callers name a lease, and show that they hold it. */
export interface LeaseClaim extends ResourceAddress {
  readonly lease: string;
  readonly token: number;
}

/** What holders do with their leases, in the transaction of the caller. Both throw `stale-token` for whoever holds it no more. */
export interface EndLease {
  /** Holds it for longer: `leaseMs`, or the time given before, from now. */
  renew(tx: Transaction, claim: LeaseClaim, leaseMs?: number): Promise<Lease>;
  /** Gives it back; once more changes nothing. */
  release(tx: Transaction, claim: LeaseClaim): Promise<Lease>;
}

export function createEndLease({
  directory,
  clock,
  waiting,
}: Pick<PartDeps, 'directory' | 'clock' | 'waiting'>): EndLease {
  async function change(
    tx: Transaction,
    claim: LeaseClaim,
    decide: (lease: Lease) => Lease | null,
  ): Promise<Lease> {
    const { entry } = await enterResource(tx, directory, claim);
    const { key } = entry.mediator;
    const stored = await leaseStore.find(tx.queries, key, claim.id, claim.lease);
    if (!stored) throw noSuchLease(claim.id, claim.lease);
    const changed = decide(stored.lease);
    if (!changed) {
      throw refuse('stale-token', `lease ${claim.lease} is not held (any more) by token ${claim.token}`);
    }
    if (changed !== stored.lease) await leaseStore.save(tx, key, changed);
    tx.afterCommit(() => {
      waiting.tell(resourceTopic(key, claim.id));
    });
    return changed;
  }

  return {
    renew: (tx, claim, leaseMs) =>
      change(tx, claim, (lease) => renewLease(lease, { token: claim.token, leaseMs }, clock.now())),
    release: (tx, claim) => change(tx, claim, (lease) => releaseLease(lease, claim.token, clock.now())),
  };
}
