import type { Clock } from '@fanfare/core';
import type { Queries } from '@fanfare/storage';
import type { MessageTables } from '../../messages/message-rows';
import type { MessageStore } from '../../messages/message-store';
import { isGood } from './gather-answers';

export interface CacheLookup {
  readonly mediatorKey: number;
  readonly cacheKey: string;
  readonly maxAgeMs: number;
}

/** The id of the newest query that asked the same and was answered well, not longer ago than is asked for. */
export type FindCached = (queries: Queries, lookup: CacheLookup) => Promise<string | null>;

export interface FindCachedDeps {
  readonly messages: Pick<MessageStore, 'receiptsOf'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of many that were asked some may have been silent: so many of the newest are looked at for one that all have answered. */
const candidates = 10;

/** The message rows are the cache: it is the same for all instances, and has what they have. */
export function createFindCached({ messages, clock }: FindCachedDeps): FindCached {
  return async function findCached(queries, { mediatorKey, cacheKey, maxAgeMs }) {
    const rows = await queries
      .withTables<MessageTables>()
      .selectFrom('messages')
      .select(['id', 'sequence'])
      .where('mediator_key', '=', mediatorKey)
      .where('cache_key', '=', cacheKey)
      .where('ended_at', '>', clock.now().getTime() - maxAgeMs)
      .where('status', '=', 'completed')
      .orderBy('ended_at', 'desc')
      .limit(candidates)
      .execute();
    const receipts = await messages.receiptsOf(
      queries,
      rows.map(({ sequence }) => sequence),
    );
    return rows.find(({ sequence }) => isGood(receipts.get(sequence) ?? []))?.id ?? null;
  };
}
