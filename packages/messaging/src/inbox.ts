import type { Transaction } from '@fanfare/storage';
import type { Incoming } from './event-codec';
import type { MessagingTables } from './messaging-tables';

/**
 * Leaves out the events that came without a sequence and were applied before, or stand in `incoming` twice, and
 * remembers the others in the transaction of their effect (the idempotent consumer of C. Richardson, §3.3.6).
 */
export async function admitNew(
  tx: Transaction,
  group: string,
  incoming: readonly Incoming[],
  now: Date,
): Promise<readonly Incoming[]> {
  const ids = [...new Set(incoming.flatMap((item) => foreignIdOf(item) ?? []))];
  if (ids.length === 0) return incoming;
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
  return incoming.filter((item) => {
    const id = foreignIdOf(item);
    if (id === undefined) return true;
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew;
  });
}

/** Undefined for what has a sequence, or no id. */
function foreignIdOf(item: Incoming): string | undefined {
  return item.kind === 'event' && item.sequence === undefined ? item.event.id : undefined;
}
