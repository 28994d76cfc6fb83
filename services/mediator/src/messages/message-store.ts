import type { Clock } from '@fanfare/core';
import type { DeferredWrite, Queries, Transaction } from '@fanfare/storage';
import { mailboxTopic } from '../mailbox/mailbox';
import type { MediatorEntry } from '../mediators/directory';
import type { Timers } from '../timers/timers';
import type { Waiting } from '../waiting';
import {
  fromMessageRow,
  fromReceiptRow,
  isScheduled,
  lapsesAt,
  toMessageRow,
  toReceiptRows,
  type AcceptedMessage,
  type MessageTables,
  type Receipt,
  type StoredMessage,
} from './message-rows';

/** Messages and how they stand with their recipients. */
export interface MessageStore {
  /**
   * Puts a message into the mailboxes of its recipients, durable with the transaction; nothing is written before its
   * end. The transaction then throws `already_exists` when the mediator has a message of this id.
   */
  accept(tx: Transaction, entry: MediatorEntry, message: AcceptedMessage): void;
  find(queries: Queries, mediatorKey: number, id: string): Promise<StoredMessage | null>;
  /** By the sequence of their message, each in order of recipients. */
  receiptsOf(
    queries: Queries,
    sequences: readonly number[],
  ): Promise<ReadonlyMap<number, readonly Receipt[]>>;
}

export interface MessageStoreDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Pick<Timers, 'set'>;
  readonly waiting: Pick<Waiting, 'tell'>;
}

/** Timers of messages: when they may be handed out, and when they end by themselves. */
export const messageTimer = 'message';

interface Accepted {
  readonly mediatorKey: number;
  readonly message: AcceptedMessage;
}

export function createMessageStore({ clock, timers, waiting }: MessageStoreDeps): MessageStore {
  /**
   * Numbers are taken at the end of the transaction and the counter stays locked until its commit: they grow in the order
   * of the commits. They are taken before all other counters, in every transaction alike, so that none waits for another.
   */
  const acceptAll: DeferredWrite<Accepted> = {
    stage: 'aggregates',
    async write(tx, accepted) {
      const before = await tx.dialect.takeNumbers(
        tx.queries,
        'message_counter',
        'taken',
        { id: 1 },
        accepted.length,
      );
      const numbered = accepted.map((one, index) => ({ ...one, sequence: before + index + 1 }));
      const messages = numbered.map(({ mediatorKey, sequence, message }) =>
        toMessageRow(mediatorKey, sequence, message),
      );
      const receipts = numbered.flatMap(({ mediatorKey, sequence, message }) =>
        toReceiptRows(mediatorKey, sequence, message),
      );
      await tx.dialect.insertRows(tx.queries, 'messages', messages, { isUnanswered: true });
      await tx.dialect.insertRows(tx.queries, 'receipts', receipts, { isUnanswered: true });
      tx.afterCommit(() => {
        for (const { mediator_key: key, recipient_id: id } of receipts) waiting.tell(mailboxTopic(key, id));
      });
    },
  };

  return {
    accept(tx, { mediator }, message) {
      tx.writeLater(acceptAll, { mediatorKey: mediator.key, message });
      const dueAt = isScheduled(message) ? message.deliverAt : lapsesAt(message);
      if (dueAt && message.recipientIds.length > 0) {
        timers.set(tx, { kind: messageTimer, mediatorKey: mediator.key, id: message.id, dueAt });
      }
    },

    async find(queries, mediatorKey, id) {
      const row = await queries
        .withTables<MessageTables>()
        .selectFrom('messages')
        .selectAll()
        .where('mediator_key', '=', mediatorKey)
        .where('id', '=', id)
        .executeTakeFirst();
      return row ? fromMessageRow(row) : null;
    },

    async receiptsOf(queries, sequences) {
      const found = new Map<number, Receipt[]>(sequences.map((sequence) => [sequence, []]));
      if (sequences.length === 0) return found;
      const rows = await queries
        .withTables<MessageTables>()
        .selectFrom('receipts')
        .selectAll()
        .where('sequence', 'in', [...sequences])
        .orderBy('sequence')
        .orderBy('recipient_id')
        .execute();
      const now = clock.now();
      for (const row of rows) found.get(row.sequence)?.push(fromReceiptRow(row, now));
      return found;
    },
  };
}
