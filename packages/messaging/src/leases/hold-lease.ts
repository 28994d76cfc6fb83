import { AppError, type Clock } from '@fanfare/core';
import type { Lease } from './lease';

export interface HoldLeaseOptions {
  readonly clock: Clock;
  /** Ends the work. */
  readonly signal: AbortSignal;
}

/** A lease, as the work sees that is done under it. */
export interface HeldLease {
  /** What the work writes down carries it, so that it is refused from a former holder. */
  readonly fence: number;
  /** Aborts when the work shall end, and when the lease is lost. */
  readonly signal: AbortSignal;
}

/**
 * Does `work` under the lease, which is prolonged until the work has ended, however long that takes, and then given back.
 * While another has the lease it rests instead, for as long as is good before it is called again.
 *
 * The lease is lost when another has had it meanwhile, also when it is free again by now: that one has a later fence.
 * Then the work is told to end. A database that is away costs the lease only when it has run out by then.
 */
export async function holdLease(
  lease: Lease,
  { clock, signal }: HoldLeaseOptions,
  work: (held: HeldLease) => Promise<void>,
): Promise<void> {
  const renewEveryMs = lease.ttlMs / 3;
  let askedMs = clock.elapsedMs();
  const fence = await lease.acquire();
  if (fence === null) return clock.sleep(renewEveryMs, signal);
  const lost = new AbortController();
  const ended = new AbortController();

  async function renew(): Promise<void> {
    const startedMs = clock.elapsedMs();
    try {
      if ((await lease.acquire()) !== fence) lost.abort();
      askedMs = startedMs;
    } catch {
      if (clock.elapsedMs() - askedMs >= lease.ttlMs) lost.abort();
    }
  }

  async function renewUntilEnd(): Promise<void> {
    const over = AbortSignal.any([ended.signal, lost.signal]);
    for (;;) {
      await clock.sleep(renewEveryMs, over);
      if (over.aborted) return;
      await renew();
    }
  }

  const renewing = renewUntilEnd();
  try {
    await work({ fence, signal: AbortSignal.any([signal, lost.signal]) });
  } finally {
    ended.abort();
    await renewing;
    await lease.release();
  }
}

/** What ends the work of a holder who is refused to write `what` down. */
export function overtaken(what: string): AppError {
  return new AppError('conflict', `a later holder of the lease has ${what}`);
}
