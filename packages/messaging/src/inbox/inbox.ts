import type { Transaction } from '@fanfare/storage';
import { Overtaken } from '../cursor/cursor';
import type { Incoming, IncomingEvent } from '../events/event-codec';
import { identityOf } from '../events/event-identity';
import type { MessagingTables } from '../messaging-tables';

export interface AdmitOptions {
  readonly group: string;
  readonly topic: string;
  readonly now: Date;
}

export interface Admission {
  readonly admitted: readonly Incoming[];
  /** Events without a sequence that were applied before, or stand in the batch twice. */
  readonly repeated: readonly IncomingEvent[];
}

/**
 * Parts the events that came without a sequence by whether they were applied before, and remembers the others in the
 * transaction of their effect (the idempotent consumer of C. Richardson, §3.3.6). Throws `Overtaken` when another member
 * has applied one of them meanwhile.
 */
export async function admitNew(
  tx: Transaction,
  incoming: readonly Incoming[],
  { group, topic, now }: AdmitOptions,
): Promise<Admission> {
  const named = incoming.map((item) => ({ item, identity: foreignIdentityOf(item, topic) }));
  const asked = [...new Set(named.flatMap(({ identity }) => identity ?? []))];
  if (asked.length === 0) return { admitted: incoming, repeated: [] };
  const seen = await findKnown(tx, group, asked);
  const admitted: Incoming[] = [];
  const repeated: IncomingEvent[] = [];
  const rows: Row[] = [];
  for (const { item, identity } of named) {
    if (item.kind !== 'event' || identity === undefined) {
      admitted.push(item);
    } else if (seen.has(identity)) {
      repeated.push(item);
    } else {
      seen.add(identity);
      admitted.push(item);
      rows.push({ group_name: group, identity, topic, event_id: item.event.id, applied_at: now.getTime() });
    }
  }
  await remember(tx, rows);
  return { admitted, repeated };
}

type Row = MessagingTables['handled_events'];

/** Undefined for what has a sequence, or no identity. */
function foreignIdentityOf(item: Incoming, topic: string): string | undefined {
  return item.kind === 'event' && item.sequence === undefined ? identityOf(item.event, topic) : undefined;
}

async function findKnown(
  tx: Transaction,
  group: string,
  identities: readonly string[],
): Promise<Set<string>> {
  const known = await tx.queries
    .withTables<MessagingTables>()
    .selectFrom('handled_events')
    .select('identity')
    .where('group_name', '=', group)
    .where('identity', 'in', identities)
    .execute();
  return new Set(known.map(({ identity }) => identity));
}

/** What another transaction has not committed yet is not seen, but waited for here, on the keys of its rows. */
async function remember(tx: Transaction, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  // in an order that all members share, so that no two of them wait for each other
  const sorted = [...rows].sort((left, right) => (left.identity < right.identity ? -1 : 1));
  const newRows = await tx.dialect.insertNewRows(tx.queries, 'handled_events', sorted);
  if (newRows < rows.length) throw new Overtaken('another member has applied some of these events meanwhile');
}
