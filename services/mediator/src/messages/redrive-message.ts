import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import { placeOf } from '../mailbox/place';
import type { ReceiptChange, Settle } from '../mailbox/settle';
import { nextMessageStatus, stepReceipt } from '../mailbox/states';
import type { Directory } from '../mediators/directory';
import { refuse } from '../problems';
import type { Timers } from '../timers/timers';
import { lockSentMessage, type MessageKey } from './lock-sent-message';
import { lapsesAt, type MessageTables, type ReceiptRow, type StoredMessage } from './message-rows';
import { messageTimer } from './message-store';

export interface RedriveMessageDeps {
  readonly directory: Pick<Directory, 'enter'>;
  readonly settle: Settle;
  readonly timers: Pick<Timers, 'set'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Delivers again, with fresh tries, what is dead for those who are still there. Done twice, it changes nothing. */
export type RedriveMessage = (tx: Transaction, key: MessageKey) => Promise<void>;

export function createRedriveMessage({
  directory,
  settle,
  timers,
  clock,
}: RedriveMessageDeps): RedriveMessage {
  return async function redriveMessage(tx, key) {
    const { message, receipts, entry } = await lockSentMessage(tx, directory, key);
    const dead = receipts.filter(({ status }) => status === 'dead');
    const reachable = dead.filter(({ recipient_id: id }) => entry.colleagues.has(id));
    if (reachable.length === 0) {
      requireUnderWay(message, dead);
      return;
    }
    const open = reopen(message, clock.now());
    await writeReopened(tx, open);
    const dueAt = lapsesAt(open);
    if (dueAt) timers.set(tx, { kind: messageTimer, mediatorKey: open.mediatorKey, id: open.id, dueAt });
    await settle(
      tx,
      open,
      reachable.map((receipt) => revive(open, receipt, clock.now())),
    );
  };
}

/** `dead` are those who are unregistered. */
function requireUnderWay({ id, status }: StoredMessage, dead: readonly ReceiptRow[]): void {
  if (status === 'pending') return;
  if (dead.length > 0) {
    const gone = dead.map((receipt) => receipt.recipient_id).join(', ');
    throw refuse('recipient-not-found', `message ${id} is dead for ${gone}, not registered any more`);
  }
  throw refuse('illegal-transition', `message ${id} is ${status}, and has no recipient for whom it is dead`);
}

/** The message as it is under way again: a command has as much time for an answer as it had. */
function reopen(message: StoredMessage, now: Date): StoredMessage {
  const { id, deliverAt, acceptedAt, deadline, expiresAt } = message;
  const status = message.status === 'pending' ? 'pending' : nextMessageStatus(message.status, 'redrive');
  if (!status) throw refuse('illegal-transition', `message ${id} is ${message.status}`);
  if (expiresAt && expiresAt <= now) {
    throw refuse('illegal-transition', `message ${id} was good until ${expiresAt.toISOString()}`);
  }
  const startMs = Math.max(acceptedAt.getTime(), deliverAt?.getTime() ?? 0);
  const newDeadline = deadline && new Date(now.getTime() + deadline.getTime() - startMs);
  return { ...message, status, deadline: newDeadline, result: null, error: null, endedAt: null };
}

async function writeReopened(tx: Transaction, { mediatorKey, id, status, deadline }: StoredMessage) {
  await tx.queries
    .withTables<MessageTables>()
    .updateTable('messages')
    .set({ status, deadline: deadline?.getTime() ?? null, error: null, ended_at: null })
    .where('mediator_key', '=', mediatorKey)
    .where('id', '=', id)
    .execute();
}

function revive(message: StoredMessage, receipt: ReceiptRow, now: Date): ReceiptChange {
  return {
    receipt,
    set: {
      status: stepReceipt('dead', 'redrive'),
      ...placeOf(message),
      available_at: now.getTime(),
      lapses_at: lapsesAt(message)?.getTime() ?? null,
      failures: 0,
      error: null,
      answer: null,
    },
  };
}
