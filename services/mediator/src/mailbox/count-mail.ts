import type { Queries } from '@fanfare/storage';
import type { MessageTables } from '../messages/message-rows';

/** What is in a mailbox, as those see it who look after colleagues. */
export interface MailCount {
  /** Nobody has it in hands. */
  readonly waiting: number;
  /** Was given up, and can be sent again. */
  readonly dead: number;
}

export const noMail: MailCount = { waiting: 0, dead: 0 };

/** Counts the messages in mailboxes; who has none is not in the answer. */
export async function countMail(
  queries: Queries,
  mediatorKey: number,
  colleagueIds: readonly string[],
): Promise<ReadonlyMap<string, MailCount>> {
  if (colleagueIds.length === 0) return new Map();
  const rows = await queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .select(['recipient_id', 'status', ({ fn }) => fn.countAll<number>().as('counted')])
    .where('mediator_key', '=', mediatorKey)
    .where('status', 'in', ['pending', 'dead'])
    .where('recipient_id', 'in', colleagueIds)
    .groupBy(['recipient_id', 'status'])
    .execute();
  const counts = new Map<string, MailCount>();
  for (const { recipient_id: id, status, counted } of rows) {
    const count = counts.get(id) ?? noMail;
    counts.set(id, status === 'dead' ? { ...count, dead: counted } : { ...count, waiting: counted });
  }
  return counts;
}
