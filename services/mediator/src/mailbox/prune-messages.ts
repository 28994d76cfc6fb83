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

/**
 * Deletes messages that ended long ago, with what became of them at their recipients. They are archived in the transaction
 * that deletes them: nobody else archives them meanwhile, and nobody is forgotten whom they name.
 */
export function createPruneMessages({ database, archive }: PruneMessagesDeps): NonNullable<Part['prune']> {
  return async function prune(before, limit) {
    const found = await database.queries
      .withTables<MessageTables>()
      .selectFrom('messages')
      .select(['mediator_key', 'id'])
      .where('ended_at', '<', before.getTime())
      .orderBy('ended_at')
      .limit(limit)
      .execute();
    if (found.length === 0) return 0;
    // one that is away is waited for before anything is locked
    await archive?.ping();
    return database.transact(async (tx) => {
      if (archive) await erasureRecord.holdOff(tx);
      const messages = await lockEnded(tx, found, before);
      if (messages.length === 0) return 0;
      if (archive) await keep(archive, tx, messages);
      await forget(tx, messages);
      return messages.length;
    });
  };
}

/** Without one that has come to life again, because it was redriven, or that another instance archives. */
async function lockEnded(
  { queries, dialect }: Transaction,
  found: readonly Pick<MessageRow, 'mediator_key' | 'id'>[],
  before: Date,
): Promise<readonly MessageRow[]> {
  const locked: MessageRow[] = [];
  for (const [key, ids] of groupIds(found)) {
    const ended = await queries
      .withTables<MessageTables>()
      .selectFrom('messages')
      .selectAll()
      .where('mediator_key', '=', key)
      .where('id', 'in', ids)
      .where('ended_at', '<', before.getTime())
      .modifyEnd(dialect.forUpdateSkipLocked)
      .execute();
    locked.push(...ended);
  }
  return locked;
}

/** The number of a message is the only thing that no later one will have. */
async function keep(
  archive: Archive,
  { queries }: Transaction,
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

async function forget({ queries }: Transaction, messages: readonly MessageRow[]): Promise<void> {
  const tables = queries.withTables<MessageTables>();
  await tables.deleteFrom('receipts').where('sequence', 'in', messages.map(sequenceOf)).execute();
  for (const [key, ids] of groupIds(messages)) {
    await tables.deleteFrom('messages').where('mediator_key', '=', key).where('id', 'in', ids).execute();
  }
}

function sequenceOf({ sequence }: Pick<MessageRow, 'sequence'>): number {
  return sequence;
}
