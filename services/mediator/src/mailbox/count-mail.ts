import type { Queries } from '@fanfare/storage';
import type { ReceiptStatus } from '../messages/message';
import type { MessageTables } from '../messages/message-rows';

/** What is in a mailbox, as those see it who look after colleagues. */
export interface MailCount {
  /** Nobody has it in hands. */
  readonly waiting: number;
  /** Was given up, and can be sent again. */
  readonly dead: number;
}

export const noMail: MailCount = { waiting: 0, dead: 0 };

export interface MailQuery {
  readonly mediatorKey: number;
  readonly colleagueIds: readonly string[];
  readonly now: Date;
}

/** Counts the messages in mailboxes; who has none is not in the answer. */
export async function countMail(
  queries: Queries,
  { mediatorKey, colleagueIds, now }: MailQuery,
): Promise<ReadonlyMap<string, MailCount>> {
  const counts = new Map<string, MailCount>();
  if (colleagueIds.length === 0) return counts;
  const count = (status: ReceiptStatus) =>
    queries
      .withTables<MessageTables>()
      .selectFrom('receipts')
      .select(['recipient_id as id', ({ fn }) => fn.countAll<number>().as('counted')])
      .where('status', '=', status)
      .where('mediator_key', '=', mediatorKey)
      .where('recipient_id', 'in', colleagueIds)
      .groupBy('recipient_id');
  const add = (id: string, { waiting = 0, dead = 0 }: Partial<MailCount>) => {
    const before = counts.get(id) ?? noMail;
    counts.set(id, { waiting: before.waiting + waiting, dead: before.dead + dead });
  };
  // what nobody has in hands any more waits again, though nothing was written
  const back = count('delivered').where('available_at', '<=', now.getTime());
  for (const { id, counted } of await count('pending').execute()) add(id, { waiting: counted });
  for (const { id, counted } of await back.execute()) add(id, { waiting: counted });
  for (const { id, counted } of await count('dead').execute()) add(id, { dead: counted });
  return counts;
}
