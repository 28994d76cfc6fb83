import type { Queries } from '@fanfare/storage';
import { sql } from 'kysely';
import type { MessageTables } from '../messages/message-rows';

/** A mailbox at a time, and how much is wanted of it. */
export interface TakeableQuery {
  readonly mediatorKey: number;
  readonly colleagueId: string;
  readonly nowMs: number;
  readonly limit: number;
}

interface Takeable {
  readonly sequence: number;
  readonly place: number;
}

/** Whether there is anything at all to look at: what those ask who wait at an empty mailbox. */
export async function hasTakeable(queries: Queries, query: Omit<TakeableQuery, 'limit'>): Promise<boolean> {
  const [found] = await inLine(queries, { ...query, limit: 1 }).execute();
  return found !== undefined;
}

/**
 * What may be taken now, in order: all but what comes in its lane after one that failed and waits for its next try.
 * To be called with the mailbox locked.
 */
export async function findTakeable(queries: Queries, query: TakeableQuery): Promise<readonly number[]> {
  let found = inLine(queries, query);
  for (const { lane, place } of await findHeldUp(queries, query)) {
    found = found.where((row) =>
      row.or([row('lane', 'is', null), row('lane', '<>', lane), row('place', '<=', place)]),
    );
  }
  return inOrder(await found.execute());
}

/** The same, and of each lane only the first, if nothing of the lane is in somebody's hands. */
export async function findTakeableOnePerLane(
  queries: Queries,
  query: TakeableQuery,
): Promise<readonly number[]> {
  const laneless = await inLine(queries, query).where('lane', 'is', null).execute();
  const { rows: heads } = await findHeads(queries, query);
  return inOrder([...laneless, ...heads]).slice(0, query.limit);
}

function inOrder(found: readonly Takeable[]): readonly number[] {
  return found.toSorted((one, other) => one.place - other.place).map(({ sequence }) => sequence);
}

/** What nobody has in hands and is not over, first in line first. */
function inLine(queries: Queries, { mediatorKey, colleagueId, nowMs, limit }: TakeableQuery) {
  return queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .select(['sequence', 'place'])
    .$narrowType<{ place: number }>()
    .where('mediator_key', '=', mediatorKey)
    .where('recipient_id', '=', colleagueId)
    .where('place', '>=', 0)
    .where('available_at', '<=', nowMs)
    .where((row) => row.or([row('lapses_at', 'is', null), row('lapses_at', '>', nowMs)]))
    .orderBy('place')
    .limit(limit);
}

/** Per lane the first that failed and waits: few, because what comes after it is not taken and so cannot fail. */
function findHeldUp(queries: Queries, { mediatorKey, colleagueId, nowMs }: TakeableQuery) {
  return queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .select(['lane', ({ fn }) => fn.min('place').as('place')])
    .$narrowType<{ lane: string; place: number }>()
    .where('status', '=', 'pending')
    .where('mediator_key', '=', mediatorKey)
    .where('recipient_id', '=', colleagueId)
    .where('failures', '>', 0)
    .where('available_at', '>', nowMs)
    .where('lane', 'is not', null)
    .groupBy('lane')
    .execute();
}

/**
 * The first of each lane, where it may be taken. Lanes are found one from the other, by one step in an index each: however
 * many messages wait in a lane, nobody reads past them.
 */
function findHeads(queries: Queries, { mediatorKey, colleagueId, nowMs }: TakeableQuery) {
  const mailbox = sql`mediator_key = ${mediatorKey} and recipient_id = ${colleagueId}`;
  return sql<Takeable>`
    with recursive lanes (lane) as (
      select min(lane) from receipts where ${mailbox} and lane > ''
      union all
      select (select min(later.lane) from receipts as later
        where later.mediator_key = ${mediatorKey} and later.recipient_id = ${colleagueId} and later.lane > lanes.lane)
      from lanes where lanes.lane is not null
    ), heads (lane, place) as (
      select lanes.lane, (select min(first.place) from receipts as first
        where first.mediator_key = ${mediatorKey} and first.recipient_id = ${colleagueId} and first.lane = lanes.lane)
      from lanes where lanes.lane is not null
    )
    select head.sequence, head.place from heads
    inner join receipts as head on head.lane = heads.lane and head.place = heads.place
    where head.mediator_key = ${mediatorKey} and head.recipient_id = ${colleagueId}
      and head.available_at <= ${nowMs} and (head.lapses_at is null or head.lapses_at > ${nowMs})
      and not exists (select 1 from receipts as held where held.status = 'delivered'
        and held.mediator_key = ${mediatorKey} and held.recipient_id = ${colleagueId}
        and held.lane = heads.lane and held.available_at > ${nowMs})`.execute(queries);
}
