import type { Transaction } from '@fanfare/storage';
import type { IncomingEvent } from './event-codec';
import type { MessagingTables } from './messaging-tables';

/**
 * Leaves out the events that came without a sequence and were applied before, or stand in `incoming` twice, and
 * remembers the others in the transaction of their effect (the idempotent consumer of C. Richardson, §3.3.6).
 */
export async function admitNew(
  tx: Transaction,
  group: string,
  incoming: readonly IncomingEvent[],
  now: Date,
): Promise<readonly IncomingEvent[]> {
  const foreign = incoming.filter(({ sequence }) => sequence === undefined);
  if (foreign.length === 0) return incoming;
  const ids = [...new Set(foreign.map(({ event }) => event.id))];
  const known = await tx.queries
    .withTables<MessagingTables>()
    .selectFrom('inbox')
    .select('event_id')
    .where('group_name', '=', group)
    .where('event_id', 'in', ids)
    .execute();
  const seen = new Set(known.map(({ event_id }) => event_id));
  const fresh = ids.filter((id) => !seen.has(id));
  if (fresh.length > 0) {
    const rows = fresh.map((id) => ({ group_name: group, event_id: id, applied_at: now.getTime() }));
    await tx.dialect.insertRows(tx.queries, 'inbox', rows);
  }
  return incoming.filter(({ sequence, event }) => {
    if (sequence !== undefined) return true;
    const isNew = !seen.has(event.id);
    seen.add(event.id);
    return isNew;
  });
}
