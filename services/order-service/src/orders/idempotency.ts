import { createHash } from 'node:crypto';
import type { TraceContext } from '@fanfare/contracts';
import { hasCode } from '@fanfare/core';
import type { Caller } from '@fanfare/service-kit';
import type { IdempotencyKeys, KeptAnswer } from './idempotency-keys';
import type { NewOrder } from './order';
import type { PlacedOrder, PlaceOrder } from './place-order';

/** What an order placed under a key came to. */
export type PlacedOnce =
  | ({ readonly outcome: 'placed' } & PlacedOrder)
  | ({ readonly outcome: 'replayed' } & Pick<PlacedOrder, 'order'>)
  /** The key was used for another order before. */
  | { readonly outcome: 'key_reused' };

export type PlaceOrderOnce = (request: NewOrder, key: string, trace: TraceContext) => Promise<PlacedOnce>;

/** A client's key as it is kept: another client's is another key, and nothing is kept that tells who the client is. */
export function keyOf({ subject }: Pick<Caller, 'subject'>, key: string): string {
  if (subject === undefined) return key;
  return createHash('sha256')
    .update(JSON.stringify([subject, key]))
    .digest('hex');
}

export interface PlaceOrderOnceDeps {
  readonly placeOrder: PlaceOrder;
  readonly keys: Pick<IdempotencyKeys, 'find' | 'insert'>;
}

interface FirstAnswer {
  readonly kept: KeptAnswer;
  /** Set when the order was placed just now. */
  readonly placed?: PlacedOrder;
}

/**
 * Places an order at most once per key (the Idempotency-Key header of draft-ietf-httpapi-idempotency-key-header): the
 * key becomes durable in the order's own transaction. Twins that arrive while the first is under way wait for its
 * answer, also for its failure; between instances the unique key decides who is the first.
 */
export function createPlaceOrderOnce({ placeOrder, keys }: PlaceOrderOnceDeps): PlaceOrderOnce {
  const underWay = new Map<string, Promise<FirstAnswer>>();

  async function findOrPlace(request: NewOrder, key: string, trace: TraceContext): Promise<FirstAnswer> {
    const kept = await keys.find(key);
    if (kept) return { kept };
    const bodyHash = hashOf(request);
    try {
      const placed = await placeOrder(request, trace, (tx, order) => {
        keys.insert(tx, { key, bodyHash, order });
      });
      return { kept: { key, bodyHash, order: placed.order }, placed };
    } catch (error) {
      const keptByOther = hasCode(error, 'already_exists') ? await keys.find(key) : null;
      if (keptByOther) return { kept: keptByOther };
      throw error;
    }
  }

  return async function placeOrderOnce(request, key, trace) {
    const twin = underWay.get(key);
    if (twin) return judge((await twin).kept, request);
    const first = findOrPlace(request, key, trace);
    underWay.set(key, first);
    try {
      const { kept, placed } = await first;
      return placed ? { outcome: 'placed', ...placed } : judge(kept, request);
    } finally {
      underWay.delete(key);
    }
  };
}

function judge(kept: KeptAnswer, request: NewOrder): PlacedOnce {
  if (kept.bodyHash !== hashOf(request)) return { outcome: 'key_reused' };
  return { outcome: 'replayed', order: kept.order };
}

/** Of what the body means, so that neither white space nor the order of its fields matters. */
function hashOf({ customerId, productId, quantity, totalMinor }: NewOrder): string {
  const canonical = JSON.stringify([customerId, productId, quantity, totalMinor]);
  return createHash('sha256').update(canonical).digest('hex');
}
