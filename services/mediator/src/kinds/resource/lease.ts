/** See the contract, §8, "States". */
export const leaseStatuses = ['held', 'released', 'expired'] as const;
export type LeaseStatus = (typeof leaseStatuses)[number];

/** The right to a part of a resource, for a while. */
export interface Lease {
  readonly id: string;
  readonly resourceId: string;
  readonly colleagueId: string;
  readonly amount: number;
  /**
   * Grows with every grant of the resource, so that the resource can refuse a former holder
   * (M. Kleppmann, "How to do distributed locking", 2016).
   */
  readonly token: number;
  readonly status: LeaseStatus;
  /** How long it was given for, and is prolonged for unless asked otherwise. */
  readonly leaseMs: number;
  readonly grantedAt: Date;
  readonly leaseUntil: Date;
}

/** The lease as it is at a time: it runs out by itself, whatever was written down last. */
export function leaseAt(lease: Lease, now: Date): Lease {
  const hasRunOut = lease.status === 'held' && lease.leaseUntil <= now;
  return hasRunOut ? { ...lease, status: 'expired' } : lease;
}

/** The lease held for longer, from `now`; null when whoever shows the token does not hold it (any more). */
export function renewLease(
  lease: Lease,
  { token, leaseMs = lease.leaseMs }: { readonly token: number; readonly leaseMs?: number | undefined },
  now: Date,
): Lease | null {
  if (lease.token !== token || leaseAt(lease, now).status !== 'held') return null;
  return { ...lease, leaseMs, leaseUntil: new Date(now.getTime() + leaseMs) };
}

/** The lease given back, also when it was before; null when whoever shows the token does not hold it (any more). */
export function releaseLease(lease: Lease, token: number, now: Date): Lease | null {
  if (lease.token !== token) return null;
  if (lease.status === 'released') return lease;
  if (leaseAt(lease, now).status !== 'held') return null;
  return { ...lease, status: 'released', leaseUntil: now };
}
