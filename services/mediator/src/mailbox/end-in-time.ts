import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import { isAnswered, toJson, type ReceiptRow, type StoredMessage } from '../messages/message-rows';
import { messageTimer } from '../messages/message-store';
import type { Failure } from '../failure';
import type { Timers } from '../timers/timers';
import { failures } from './failures';
import { lockMessage, type LockedMessage } from './lock-message';
import { placeOf } from './place';
import { noPlace, writeMessage, type ReceiptChange, type Settle } from './settle';
import { nextMessageStatus, stepReceipt } from './states';

export interface EndInTimeDeps {
  readonly database: Pick<Database, 'transact'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Pick<Timers, 'set'>;
  readonly settle: Settle;
}

/** What the timer of a message does: puts it into the mailboxes at its time, and ends it when its time is over. */
export function createEndInTime({ database, clock, timers, settle }: EndInTimeDeps) {
  async function look(tx: Transaction, locked: LockedMessage, now: Date): Promise<void> {
    const { message } = locked;
    const { mediatorKey, id } = message;
    // before anything is done: an end takes it back
    const dueAt = nextTime(locked, now);
    if (dueAt !== null) timers.set(tx, { kind: messageTimer, mediatorKey, id, dueAt: new Date(dueAt) });
    if (message.status === 'scheduled' && isOver(message.deliverAt, now)) await comeDue(tx, locked);
    if (isOver(answerDeadline(message), now)) await endUnanswered(tx, locked);
    else if (isOver(message.expiresAt, now)) {
      await settle(tx, message, expire(locked, failures.expired, now));
    }
  }

  async function comeDue(tx: Transaction, { message, receipts }: LockedMessage): Promise<void> {
    const pending = receipts.filter(({ status }) => status === 'pending');
    const status = nextMessageStatus(message.status, 'come due');
    if (status) await writeMessage(tx, message, { status });
    await settle(
      tx,
      message,
      pending.map((receipt) => ({ receipt, set: placeOf(message) })),
    );
  }

  /** A query to many has the answers that have come by now; anything else has failed. */
  async function endUnanswered(tx: Transaction, locked: LockedMessage): Promise<void> {
    const { message } = locked;
    const changes = expire(locked, failures.timeout);
    if (message.isBroadcast) await settle(tx, message, changes, { status: 'completed' });
    else await settle(tx, message, changes, { status: 'failed', error: failures.timeout });
  }

  return async function endInTime(mediatorKey: number, id: string): Promise<void> {
    await database.transact(async (tx) => {
      const locked = await lockMessage(tx, mediatorKey, id);
      const isOpen = locked?.message.status === 'scheduled' || locked?.message.status === 'pending';
      if (locked && isOpen) await look(tx, locked, clock.now());
    });
  };
}

/** Whoever gave out work keeps its time. */
function answerDeadline({ kind, deadline, work }: StoredMessage): Date | null {
  return isAnswered(kind) && !work ? deadline : null;
}

function isOver(time: Date | null, now: Date): boolean {
  return time !== null && time <= now;
}

/** What is in somebody's hands at `now` may still be acked. */
function expire({ receipts }: LockedMessage, error: Failure, now?: Date): readonly ReceiptChange[] {
  return receipts
    .filter((receipt) => isUnsettled(receipt) && !(now && isInHand(receipt, now)))
    .map((receipt) => ({
      receipt,
      set: { status: stepReceipt(receipt.status, 'expire'), error: toJson(error), ...noPlace },
    }));
}

function isUnsettled({ status }: ReceiptRow): boolean {
  return status === 'pending' || status === 'delivered';
}

function isInHand({ status, available_at: untilMs }: ReceiptRow, now: Date): boolean {
  return status === 'delivered' && untilMs > now.getTime();
}

/** When to look again: at a time to come, or when nobody has in hands any more what has expired. */
function nextTime({ message, receipts }: LockedMessage, now: Date): number | null {
  const times = [message.deliverAt, message.expiresAt, answerDeadline(message)]
    .flatMap((time) => (time ? [time.getTime()] : []))
    .filter((time) => time > now.getTime());
  const held = isOver(message.expiresAt, now) ? receipts.filter((receipt) => isInHand(receipt, now)) : [];
  const all = [...times, ...held.map(({ available_at: untilMs }) => untilMs)];
  return all.length === 0 ? null : Math.min(...all);
}
