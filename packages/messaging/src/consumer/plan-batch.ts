import type { Incoming } from '../events/event-codec';

/** What a cursor makes of a batch. */
export interface BatchPlan {
  /** Applied before, to be passed over. */
  readonly duplicates: readonly Incoming[];
  /** Next in line. */
  readonly fresh: readonly Incoming[];
  /** Sequences that are missing between `fresh` and `rest`. */
  readonly gap?: { readonly from: number; readonly to: number };
  /** What can be planned only when the gap is filled. */
  readonly rest: readonly Incoming[];
}

/**
 * Compares a batch with a cursor that stands at `applied`: below is a duplicate, next is fresh, beyond is a gap.
 * Events without a sequence are fresh here; the inbox decides about them.
 */
export function planBatch(applied: number, incoming: readonly Incoming[]): BatchPlan {
  const duplicates: Incoming[] = [];
  const fresh: Incoming[] = [];
  let at = applied;
  for (const [index, item] of incoming.entries()) {
    if (item.sequence === undefined) {
      fresh.push(item);
      continue;
    }
    const last = item.sequence + item.span - 1;
    if (last <= at) {
      duplicates.push(item);
    } else if (item.sequence > at + 1) {
      return { duplicates, fresh, gap: { from: at + 1, to: item.sequence - 1 }, rest: incoming.slice(index) };
    } else {
      fresh.push(item);
      at = last;
    }
  }
  return { duplicates, fresh, rest: [] };
}

/** Where the cursor stands after `items`. */
export function reachedBy(items: readonly Incoming[], applied: number): number {
  let reached = applied;
  for (const { sequence, span } of items) {
    if (sequence !== undefined) reached = Math.max(reached, sequence + span - 1);
  }
  return reached;
}
