import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import { toJson, type ReceiptRow } from '../messages/message-rows';
import { refuse } from '../problems';
import type { WorkOutcome } from '../work/work';
import type { WorkOrigin, WorkSources } from '../work/work-sources';
import type { LockedMessage } from './lock-message';
import { isSameAnswer, requireTaken } from './plan-receipt';
import { noPlace, type ReceiptChange, type Settle } from './settle';

/** Work that is locked, with whose it is and what one recipient has to do with it. */
export interface HeldWork {
  readonly work: LockedMessage;
  readonly origin: WorkOrigin;
  readonly receipt: ReceiptRow;
}

/**
 * Records what became of a try of work and lets its source hear it, which was locked before the message. A failed try
 * leaves the work with nobody until the source has decided. Nothing is done when the same was said of the same try
 * before. Throws `illegal-transition` for what comes too late.
 */
export type HearWork = (tx: Transaction, held: HeldWork, outcome: WorkOutcome) => Promise<void>;

export interface HearWorkDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly settle: Settle;
  readonly sources: Pick<WorkSources, 'answered'>;
}

export function createHearWork({ clock, settle, sources }: HearWorkDeps): HearWork {
  return async function hearWork(tx, held, outcome) {
    const { work, origin, receipt } = held;
    const { message } = work;
    const answer = outcome.status === 'done' ? { result: outcome.result } : { error: outcome.error };
    if (receipt.answered_attempt === receipt.attempts && isSameAnswer(receipt, answer)) return;
    requireTaken(receipt);
    const isOpen = message.status === 'pending';
    // another has the work now: an earlier recipient may have done it, but cannot fail for the other
    if (!isOpen || (receipt.status === 'cancelled' && outcome.status === 'failed')) throw tooLate(message.id);
    const answered = { answer: toJson(answer), answered_attempt: receipt.attempts };
    if (outcome.status === 'done') {
      const acked = { status: 'acked', acked_at: clock.now().getTime(), error: null, ...noPlace } as const;
      const changes = [{ receipt, set: { ...acked, ...answered } }, ...cancelOthers(held)];
      await settle(tx, message, changes, { status: 'completed', result: outcome.result });
    } else {
      const waits = { status: 'pending', failures: receipt.failures + 1, ...noPlace } as const;
      await settle(tx, message, [{ receipt, set: { ...waits, ...answered, error: toJson(outcome.error) } }]);
    }
    const { mediatorKey, id } = message;
    const heard = { mediatorKey, id, ref: origin.ref, attempt: receipt.attempts, outcome };
    if ((await sources.answered(tx, origin.source, heard)) === 'late') throw tooLate(id);
  };
}

function cancelOthers({ work, receipt }: HeldWork): readonly ReceiptChange[] {
  return work.receipts
    .filter((other) => other !== receipt && ['pending', 'delivered', 'acked'].includes(other.status))
    .map((other) => ({ receipt: other, set: { status: 'cancelled', ...noPlace } }));
}

function tooLate(id: string) {
  return refuse('illegal-transition', `the answer to ${id} comes too late: it is not waited for any more`);
}
