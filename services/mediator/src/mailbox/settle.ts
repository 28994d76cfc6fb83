import type { Clock } from '@fanfare/core';
import { unanswered, type Transaction } from '@fanfare/storage';
import {
  isAnswered,
  lapsesAt,
  toJson,
  type MessageTables,
  type ReceiptRow,
  type StoredMessage,
} from '../messages/message-rows';
import { messageTimer } from '../messages/message-store';
import type { Answer } from '../messages/message';
import type { Failure } from '../failure';
import type { Timers } from '../timers/timers';
import type { Waiting } from '../waiting';
import { conclude, type MessageEnd } from './conclude';
import { mailboxTopic, messageTopic } from './mailbox';
import { nextMessageStatus } from './states';

/** A change of one receipt of a message that is locked. */
export interface ReceiptChange {
  readonly receipt: ReceiptRow;
  readonly set: Partial<Omit<ReceiptRow, 'sequence' | 'recipient_id' | 'mediator_key'>>;
}

/** What a receipt without a place in its mailbox has. */
export const noPlace = { place: null, lane: null } as const;

/**
 * Writes what happened to a message with some of its recipients, and ends it: as `end` says, or else when nothing is to
 * come from any recipient. Of work only `end` is an end. Whoever waits is told after the commit.
 */
export type Settle = (
  tx: Transaction,
  message: StoredMessage,
  changes: readonly ReceiptChange[],
  end?: MessageEnd,
) => Promise<void>;

export interface SettleDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Pick<Timers, 'cancel'>;
  readonly waiting: Pick<Waiting, 'tell'>;
}

export function createSettle({ clock, timers, waiting }: SettleDeps): Settle {
  async function endMessage(tx: Transaction, message: StoredMessage, end: MessageEnd): Promise<void> {
    const { mediatorKey, id } = message;
    const step = { completed: 'complete', failed: 'fail', cancelled: 'cancel' } as const;
    const status = nextMessageStatus(message.status, step[end.status]);
    if (!status) return;
    await writeMessage(tx, message, {
      status,
      result: end.result === undefined ? null : toJson(end.result),
      error: end.error ? toJson(end.error) : null,
      open_receipts: 0,
      ended_at: clock.now().getTime(),
    });
    if (message.deliverAt ?? lapsesAt(message)) timers.cancel(tx, { kind: messageTimer, mediatorKey, id });
  }

  return async function settle(tx, message, changes, end) {
    for (const { receipt, set } of changes) await writeReceipt(tx, receipt, set);
    const open = message.work ? message.openReceipts : countOpen(message, changes);
    const ended =
      end ?? (open === 0 ? conclude(message, await readSettled(tx, message, changes)) : undefined);
    if (ended) await endMessage(tx, message, ended);
    else if (open !== message.openReceipts) await writeMessage(tx, message, { open_receipts: open });
    tx.afterCommit(() => {
      waiting.tell(messageTopic(message.mediatorKey, message.id));
      for (const { receipt, set } of changes) {
        // it may be taken again, or what comes after it in its lane may
        if (set.place ?? receipt.lane) waiting.tell(mailboxTopic(message.mediatorKey, receipt.recipient_id));
      }
    });
  };
}

function countOpen(message: StoredMessage, changes: readonly ReceiptChange[]): number {
  const count = (rows: readonly ReceiptRow[]) => rows.filter((row) => isOpen(message, row)).length;
  const before = count(changes.map(({ receipt }) => receipt));
  return message.openReceipts + count(changes.map(after)) - before;
}

/** Whether an ack or an answer is still to come. */
export function isOpen(
  { kind }: Pick<StoredMessage, 'kind'>,
  { status, answer }: Pick<ReceiptRow, 'status' | 'answer'>,
): boolean {
  if (status === 'acked') return isAnswered(kind) && answer === null;
  return status === 'pending' || status === 'delivered';
}

function after({ receipt, set }: ReceiptChange): ReceiptRow {
  return { ...receipt, ...set };
}

async function readSettled(tx: Transaction, message: StoredMessage, changes: readonly ReceiptChange[]) {
  const rows = message.isBroadcast
    ? await tx.queries
        .withTables<MessageTables>()
        .selectFrom('receipts')
        .select(['status', 'error', 'answer'])
        .where('sequence', '=', message.sequence)
        .orderBy('recipient_id')
        .execute()
    : changes.map(after);
  return rows.map(({ status, error, answer }) => ({
    status,
    error: error === null ? null : (JSON.parse(error) as Failure),
    answer: answer === null ? null : (JSON.parse(answer) as Answer),
  }));
}

async function writeReceipt(
  tx: Transaction,
  { sequence, recipient_id }: ReceiptRow,
  set: ReceiptChange['set'],
): Promise<void> {
  const update = tx.queries
    .withTables<MessageTables>()
    .updateTable('receipts')
    .set(set)
    .where('sequence', '=', sequence)
    .where('recipient_id', '=', recipient_id);
  await tx.queries.executeQuery(unanswered(update.compile()));
}

/** Changes the row of a message that is locked. */
export async function writeMessage(
  tx: Transaction,
  { mediatorKey, id }: StoredMessage,
  set: Partial<MessageTables['messages']>,
): Promise<void> {
  const update = tx.queries
    .withTables<MessageTables>()
    .updateTable('messages')
    .set(set)
    .where('mediator_key', '=', mediatorKey)
    .where('id', '=', id);
  await tx.queries.executeQuery(unanswered(update.compile()));
}
