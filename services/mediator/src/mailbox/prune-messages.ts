import type { Archive, Database, Transaction } from '@fanfare/storage';
import { archiveRows } from '../archive-rows';
import { groupIds } from '../group-ids';
import type { MessageRow, MessageTables } from '../messages/message-rows';
import type { Part } from '../part';
import { erasureRecord } from '../privacy/erasure-record';

export interface PruneMessagesDeps {
  readonly database: Pick<Database, 'queries' | 'transact'>;
  /** Where messages go before they are deleted; null where they just go. */
  readonly archive: Archive | null;
}

/** Deletes messages that ended long ago, with what became of them at their recipients. */
export function createPruneMessages({ database, archive }: PruneMessagesDeps): NonNullable<Part['prune']> {
  return async function prune(before, limit) {
    const erasures = archive ? await database.transact((tx) => erasureRecord.countWhenAtRest(tx)) : 0;
    if (erasures === null) return 0;
    const messages = await database.queries
      .withTables<MessageTables>()
      .selectFrom('messages')
      .selectAll()
      .where('ended_at', '<', before.getTime())
      .orderBy('ended_at')
      .limit(limit)
      .execute();
    if (messages.length === 0) return 0;
    if (archive) await keep(archive, database, messages);
    await database.transact(async (tx) => {
      // else somebody was forgotten who may be named in what was archived: it goes there once more
      const isAsArchived = !archive || (await erasureRecord.countWhenAtRest(tx)) === erasures;
      if (isAsArchived) await forget(tx, messages, before);
    });
    return messages.length;
  };
}

/** The number of a message is the only thing that no later one will have. */
async function keep(
  archive: Archive,
  { queries }: Pick<Database, 'queries'>,
  messages: readonly MessageRow[],
): Promise<void> {
  const receipts = await queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .selectAll()
    .where('sequence', 'in', messages.map(sequenceOf))
    .execute();
  const mediatorKeys = messages.map(({ mediator_key: key }) => key);
  await archiveRows(archive, queries, mediatorKeys, {
    receipts: receipts.map((row) => ({ key: `${row.sequence}/${row.recipient_id}`, row })),
    messages: messages.map((row) => ({ key: String(row.sequence), row })),
  });
}

/** One that has come to life again meanwhile, because it was redriven, stays. */
async function forget(tx: Transaction, messages: readonly MessageRow[], before: Date): Promise<void> {
  const tables = tx.queries.withTables<MessageTables>();
  for (const [key, ids] of groupIds(messages)) {
    const ended = await tables
      .selectFrom('messages')
      .select(['id', 'sequence'])
      .where('mediator_key', '=', key)
      .where('id', 'in', ids)
      .where('ended_at', '<', before.getTime())
      .modifyEnd(tx.dialect.forUpdate)
      .execute();
    if (ended.length === 0) continue;
    await tables.deleteFrom('receipts').where('sequence', 'in', ended.map(sequenceOf)).execute();
    const endedIds = ended.map(({ id }) => id);
    await tables.deleteFrom('messages').where('mediator_key', '=', key).where('id', 'in', endedIds).execute();
  }
}

function sequenceOf({ sequence }: Pick<MessageRow, 'sequence'>): number {
  return sequence;
}
