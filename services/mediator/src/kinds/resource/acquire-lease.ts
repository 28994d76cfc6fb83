import type { Transaction } from '@fanfare/storage';
import { hashRequest, transactOnce, type Created } from '../../create-once';
import { requireColleague } from '../../mediators/require-kind';
import type { PartDeps } from '../../part';
import { refuse, refuseInput } from '../../problems';
import type { EndLease } from './end-lease';
import { enterResource, resourceTopic, type HeldResource, type ResourceAddress } from './find-resource';
import type { Lease } from './lease';
import { leaseStore, type StoredLease } from './lease-store';
import { lineStore, type Waiter } from './line-store';
import { mayHave } from './resource';
import type { NewLeaseBody } from './resource-schemas';
import { resourceStore } from './resource-store';

export interface AcquireRequest {
  readonly address: ResourceAddress;
  readonly body: NewLeaseBody;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

/**
 * Leases a part of a resource. Where there is no room the call stands in line for `wait_ms`, across all instances and first
 * come first served. Throws `no-capacity` when its time is over, `already-exists` when another call has taken the id.
 * What is given to a caller that hangs up at that moment goes back, unless it had named the lease: the same call finds it then.
 */
export type AcquireLease = (request: AcquireRequest) => Promise<Created<Lease>>;

type AcquireDeps = Pick<PartDeps, 'database' | 'directory' | 'clock' | 'newId' | 'waiting'> & {
  readonly endLease: Pick<EndLease, 'release'>;
};

/** A lease that is asked for, and which of the calls that ask for it this is. */
interface Asked {
  readonly id: string;
  readonly callId: string;
}

/**
 * How long a call keeps its place after its last look. It looks twice a second, so this is missed only by one whose
 * instance is gone: a place is not given up for a database that is slow for a moment.
 */
const seenForMs = 3_000;

export function createAcquireLease(deps: AcquireDeps): AcquireLease {
  const { database, directory, clock, newId, waiting, endLease } = deps;

  /** Gives the lease if it is the turn of this call and there is room; else keeps its place in line. */
  async function look(
    tx: Transaction,
    { address, body, signal }: AcquireRequest,
    asked: Asked,
  ): Promise<Created<Lease> | undefined> {
    const held = await enterResource(tx, directory, address);
    // the lock may have been waited for
    if (signal.aborted) return undefined;
    requireColleague(held.entry, body.colleague_id);
    if (body.amount > held.stored.resource.capacity) throw refuseInput([tooMuch(held)]);
    const { key } = held.entry.mediator;
    const { id } = asked;
    const earlier = await leaseStore.find(tx.queries, key, address.id, id);
    if (earlier) return { object: requireSameCall(earlier, body), isReplayed: true };

    const now = clock.now();
    await lineStore.dismissGone(tx, key, address.id, now);
    const inLine = await lineStore.find(tx, key, address.id, id);
    const before = await lineStore.count(tx.queries, key, address.id, now, inLine?.place);
    const heldNow = await leaseStore.sumHeld(tx.queries, key, address.id, now);
    if (!mayHave(held.stored.resource, { held: heldNow }, { amount: body.amount, before })) {
      if (body.wait_ms > 0) await standInLine(tx, held, asked, { inLine, now });
      return undefined;
    }
    return {
      object: await grant(tx, held, { id, body, now, cameAt: inLine?.cameAt ?? now }),
      isReplayed: false,
    };
  }

  async function standInLine(
    tx: Transaction,
    { entry, stored }: HeldResource,
    { id, callId }: Asked,
    { inLine, now }: { readonly inLine: Waiter | null; readonly now: Date },
  ): Promise<void> {
    const { key } = entry.mediator;
    const seenUntil = new Date(now.getTime() + seenForMs);
    const place = inLine?.place ?? stored.lastPlace + 1;
    if (!inLine) await resourceStore.save(tx, key, { ...stored, lastPlace: place });
    const waiter = { leaseId: id, callId, place, cameAt: inLine?.cameAt ?? now, seenUntil };
    await lineStore.stand(tx, key, stored.resource.id, waiter);
  }

  async function grant(
    tx: Transaction,
    { entry, stored }: HeldResource,
    {
      id,
      body,
      now,
      cameAt,
    }: { readonly id: string; readonly body: NewLeaseBody; readonly now: Date; readonly cameAt: Date },
  ): Promise<Lease> {
    const { key } = entry.mediator;
    const { resource, use } = stored;
    const token = stored.token + 1;
    const waitedMs = use.waitedMs + now.getTime() - cameAt.getTime();
    await resourceStore.save(tx, key, {
      ...stored,
      token,
      use: { grants: use.grants + 1, waitedMs, lastAccess: now },
    });
    const lease: Lease = {
      id,
      resourceId: resource.id,
      colleagueId: body.colleague_id,
      amount: body.amount,
      token,
      status: 'held',
      leaseMs: body.lease_ms,
      grantedAt: now,
      leaseUntil: new Date(now.getTime() + body.lease_ms),
    };
    await leaseStore.insert(tx, key, { lease, requestHash: hashRequest(body) });
    await leave(tx, key, resource.id, { leaseId: id });
    return lease;
  }

  /** Whoever stood behind may be the next, and there may still be room. */
  async function leave(
    tx: Transaction,
    mediatorKey: number,
    resourceId: string,
    who: Parameters<typeof lineStore.leave>[3],
  ): Promise<void> {
    await lineStore.leave(tx, mediatorKey, resourceId, who);
    tx.afterCommit(() => {
      waiting.tell(resourceTopic(mediatorKey, resourceId));
    });
  }

  return async function acquireLease(request) {
    const { address, body, signal } = request;
    const { id = newId() } = body;
    const callId = newId();
    const { key } = (await directory.find(address.mediator)).mediator;
    const topics = [resourceTopic(key, address.id)];
    let lease: Created<Lease> | undefined;
    try {
      lease = await waiting.until({ topics, waitMs: body.wait_ms, signal }, () =>
        transactOnce(database, (tx) => look(tx, request, { id, callId })),
      );
    } finally {
      // also whoever is refused while they wait
      if (!lease && body.wait_ms > 0) {
        await database.transact((tx) => leave(tx, key, address.id, { leaseId: id, callId }));
      }
    }
    if (lease) {
      const { token } = lease.object;
      // nobody else can name it
      if (signal.aborted && body.id === undefined) {
        await database.transact((tx) => endLease.release(tx, { ...address, lease: id, token }));
      }
      return lease;
    }
    throw refuse(
      'no-capacity',
      `resource ${address.id} has no room for ${body.amount}, or others wait for it`,
    );
  };
}

/** Throws `already-exists` when another call has taken the id. */
function requireSameCall({ lease, requestHash }: StoredLease, body: NewLeaseBody): Lease {
  if (requestHash === hashRequest(body)) return lease;
  throw refuse('already-exists', `there is another lease ${lease.id} of resource ${lease.resourceId}`);
}

function tooMuch({ stored }: HeldResource) {
  return { field: 'amount', message: `is more than the capacity of ${stored.resource.capacity}` };
}
