import type { Transaction } from '@fanfare/storage';
import { isAnswered, toJson, type MessageTables, type ReceiptRow } from '../messages/message-rows';
import type { WorkOrigin, WorkSources } from '../work/work-sources';
import { failures } from './failures';
import { createLeaveTogether, type LeaveTogetherDeps } from './leave-together';
import { lockMessage, type LockedMessage } from './lock-message';
import { isOpen, noPlace, type ReceiptChange, type Settle } from './settle';
import { stepReceipt } from './states';

export interface LeaveMailboxDeps extends LeaveTogetherDeps {
  readonly settle: Settle;
  readonly sources: Pick<WorkSources, 'lock' | 'answered'>;
}

/**
 * Ends what waits in the mailbox of a colleague that was unregistered: what it has not read is dead, what it should have
 * answered has failed, and work goes back to its source.
 */
export function createLeaveMailbox({ settle, sources, ...deps }: LeaveMailboxDeps) {
  const leaveTogether = createLeaveTogether(deps);

  async function endWork(
    tx: Transaction,
    { message }: LockedMessage,
    receipt: ReceiptRow,
    { source, ref }: WorkOrigin,
  ): Promise<void> {
    // its source has heard of a failed try, and decides what comes next
    if (receipt.status === 'pending' && receipt.place === null) return;
    await settle(tx, message, [leave(receipt)]);
    const { mediatorKey, id } = message;
    const outcome = { status: 'failed', error: failures.unregistered, isRefusal: false } as const;
    await sources.answered(tx, source, { mediatorKey, ref, id, attempt: receipt.attempts, outcome });
  }

  return async function leaveMailbox(
    tx: Transaction,
    mediatorKey: number,
    colleagueId: string,
  ): Promise<void> {
    // first, as whoever takes does: else each would wait for the other
    await tx.queries
      .withTables<MessageTables>()
      .deleteFrom('mailboxes')
      .where('mediator_key', '=', mediatorKey)
      .where('colleague_id', '=', colleagueId)
      .execute();
    const open = await findOpen(tx, mediatorKey, colleagueId);
    await leaveTogether(
      tx,
      { mediatorKey, colleagueId },
      open.filter(({ isPlain }) => isPlain),
    );
    for (const { id, origin } of open.filter(({ isPlain }) => !isPlain)) {
      if (origin) await sources.lock(tx, mediatorKey, origin);
      const locked = await lockMessage(tx, mediatorKey, id, origin ? undefined : colleagueId);
      const receipt = locked?.receipts.find((one) => one.recipient_id === colleagueId);
      if (!locked || !receipt || !isOpen(locked.message, receipt)) continue;
      if (origin) await endWork(tx, locked, receipt, origin);
      else await settle(tx, locked.message, [leave(receipt)]);
    }
  };
}

/** Whatever was acked stays so; an answer to it will not come. */
function leave(receipt: ReceiptRow): ReceiptChange {
  const status = receipt.status === 'acked' ? 'acked' : stepReceipt(receipt.status, 'die');
  const error = toJson(failures.unregistered);
  return { receipt, set: { status, error, answer: toJson({ error: failures.unregistered }), ...noPlace } };
}

async function findOpen(tx: Transaction, mediatorKey: number, colleagueId: string) {
  const rows = await tx.queries
    .withTables<MessageTables>()
    .selectFrom('messages')
    .innerJoin('receipts', 'receipts.sequence', 'messages.sequence')
    .select(['messages.id', 'messages.sequence', 'kind', 'is_broadcast', 'work_source', 'work_ref'])
    .where('messages.mediator_key', '=', mediatorKey)
    .where('messages.status', 'in', ['scheduled', 'pending'])
    .where('receipts.recipient_id', '=', colleagueId)
    .where('receipts.status', 'in', ['pending', 'delivered', 'acked'])
    .execute();
  return rows
    .toSorted((one, other) => one.sequence - other.sequence)
    .map(({ id, sequence, kind, is_broadcast: isBroadcast, work_source: source, work_ref: ref }) => {
      const origin = source === null || ref === null ? null : { source, ref };
      // the end of a query to many depends on all of their answers
      const isPlain = origin === null && !(isBroadcast === 1 && isAnswered(kind));
      return { id, sequence, origin, isPlain };
    });
}
