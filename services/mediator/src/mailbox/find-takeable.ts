import type { Queries } from '@fanfare/storage';
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

/** How much was taken and is neither settled nor free again. */
export async function countInHands(
  queries: Queries,
  { mediatorKey, colleagueId, nowMs }: Omit<TakeableQuery, 'limit'>,
): Promise<number> {
  const { counted } = await queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .select(({ fn }) => fn.countAll<number>().as('counted'))
    .where('status', '=', 'delivered')
    .where('mediator_key', '=', mediatorKey)
    .where('recipient_id', '=', colleagueId)
    .where('available_at', '>', nowMs)
    .executeTakeFirstOrThrow();
  return counted;
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
  const heads = await findHeads(queries, query);
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
 * The first of each lane, where it may be taken. Lanes are found one from the other, by one step in an index each: there
 * are no more of them than colleagues, and however many messages wait in one, nobody reads past them.
 */
async function findHeads(queries: Queries, query: TakeableQuery): Promise<readonly Takeable[]> {
  const inHands = await findLanesInHands(queries, query);
  const heads: Takeable[] = [];
  let head = await findHeadAfter(queries, query, '');
  while (head) {
    if (mayBeTaken(head, query) && !inHands.has(head.lane)) heads.push(head);
    head = await findHeadAfter(queries, query, head.lane);
  }
  return heads;
}

function findHeadAfter(queries: Queries, { mediatorKey, colleagueId }: TakeableQuery, lane: string) {
  return queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .select(['lane', 'sequence', 'place', 'available_at', 'lapses_at'])
    .$narrowType<{ lane: string; place: number }>()
    .where('mediator_key', '=', mediatorKey)
    .where('recipient_id', '=', colleagueId)
    .where('lane', '>', lane)
    .orderBy('lane')
    .orderBy('place')
    .limit(1)
    .executeTakeFirst();
}

function mayBeTaken(
  {
    available_at: fromMs,
    lapses_at: untilMs,
  }: { readonly available_at: number; readonly lapses_at: number | null },
  { nowMs }: TakeableQuery,
): boolean {
  return fromMs <= nowMs && (untilMs === null || untilMs > nowMs);
}

async function findLanesInHands(
  queries: Queries,
  { mediatorKey, colleagueId, nowMs }: TakeableQuery,
): Promise<ReadonlySet<string | null>> {
  const rows = await queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .select('lane')
    .distinct()
    .where('status', '=', 'delivered')
    .where('mediator_key', '=', mediatorKey)
    .where('recipient_id', '=', colleagueId)
    .where('available_at', '>', nowMs)
    .execute();
  return new Set(rows.map(({ lane }) => lane));
}
