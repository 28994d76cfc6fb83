import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import { noPlace, type ReceiptChange, type Settle } from '../mailbox/settle';
import { stepReceipt } from '../mailbox/states';
import type { Directory } from '../mediators/directory';
import { refuse } from '../problems';
import { lockSentMessage, type MessageKey } from './lock-sent-message';
import { fromReceiptRow, type ReceiptRow } from './message-rows';

export interface CancelMessageDeps {
  readonly directory: Pick<Directory, 'enter'>;
  readonly settle: Settle;
  readonly clock: Pick<Clock, 'now'>;
}

/** Takes a message back from those who do not have it yet, and drops it where it is dead. Done twice, it changes nothing. */
export type CancelMessage = (tx: Transaction, key: MessageKey) => Promise<void>;

export function createCancelMessage({ directory, settle, clock }: CancelMessageDeps): CancelMessage {
  return async function cancelMessage(tx, key) {
    const { message, receipts } = await lockSentMessage(tx, directory, key);
    const changes = planCancel(receipts, clock.now());
    if (changes.length > 0) {
      await settle(tx, message, changes);
    } else if (receipts.every(({ status }) => status !== 'cancelled')) {
      throw refuse('illegal-transition', `message ${key.id} is with all its recipients: too late to cancel`);
    }
  };
}

/** What is in somebody's hands is let be. */
function planCancel(receipts: readonly ReceiptRow[], now: Date): readonly ReceiptChange[] {
  return receipts.flatMap((receipt) => {
    const { status } = fromReceiptRow(receipt, now);
    if (status !== 'pending' && status !== 'dead') return [];
    return [{ receipt, set: { status: stepReceipt(status, 'cancel'), ...noPlace } }];
  });
}
