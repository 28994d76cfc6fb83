import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import type { Directory, MediatorEntry } from '../mediators/directory';
import type { Answer, ShownReceipt } from '../messages/message';
import { fromReceiptRow, showReceipt, type MessageTables, type ReceiptRow } from '../messages/message-rows';
import { requireSize } from '../message-size';
import { refuse } from '../problems';
import type { WorkOutcome } from '../work/work';
import type { WorkOrigin, WorkSources } from '../work/work-sources';
import { failures } from './failures';
import type { HearWork } from './hear-work';
import { lockMessage, type LockedMessage } from './lock-message';
import type { Mailbox } from './mailbox';
import { planAck, planNack, planReply, requireAnswered } from './plan-receipt';
import type { ReceiptChange, Settle } from './settle';

/** What became of a try, for the metric. */
export type DeliveryResult = 'acked' | 'answered' | 'failed' | 'dead';

export interface ReceiveDeps {
  readonly database: Pick<Database, 'transact'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: () => number;
  readonly directory: Pick<Directory, 'enterByKey'>;
  readonly sources: Pick<WorkSources, 'lock'>;
  readonly settle: Settle;
  readonly hearWork: HearWork;
  readonly maxMessageBytes: number;
  readonly count: (result: DeliveryResult) => void;
}

/** One message in the mailbox of one colleague, locked. */
interface Held {
  readonly locked: LockedMessage;
  readonly receipt: ReceiptRow;
  readonly origin: WorkOrigin | null;
}

/** What recipients say of what they have received: of work to its source, of all else to the message itself. */
export function createReceive(deps: ReceiveDeps): Pick<Mailbox, 'ack' | 'nack' | 'reply'> {
  const { database, clock, random, directory, sources, settle, hearWork, count } = deps;

  /** Locks the message in the mailbox, lets `change` change it, and shows how it stands then. */
  function change(
    { mediator: { key, name } }: MediatorEntry,
    colleagueId: string,
    messageId: string,
    apply: (tx: Transaction, held: Held) => Promise<ReceiptRow>,
  ): Promise<ShownReceipt> {
    const notFound = () =>
      refuse('not-found', `there is no message ${messageId} for ${colleagueId} in mediator ${name}`);
    return database.transact(async (tx) => {
      const known = await findOrigin(tx, key, messageId);
      if (!known) throw notFound();
      if (known.origin) {
        if (!(await directory.enterByKey(tx, key))) throw notFound();
        await sources.lock(tx, key, known.origin);
      }
      const locked = await lockMessage(tx, key, messageId, known.origin ? undefined : colleagueId);
      const receipt = locked?.receipts.find((one) => one.recipient_id === colleagueId);
      if (!locked || !receipt) throw notFound();
      const changed = await apply(tx, { locked, receipt, origin: known.origin });
      return showReceipt(fromReceiptRow(changed, clock.now()));
    });
  }

  async function write(
    tx: Transaction,
    held: Held,
    set: ReceiptChange['set'] | null,
    result: DeliveryResult,
  ) {
    if (!set) return held.receipt;
    await settle(tx, held.locked.message, [{ receipt: held.receipt, set }]);
    countLater(tx, result);
    return { ...held.receipt, ...set };
  }

  async function hear(tx: Transaction, held: Held & { readonly origin: WorkOrigin }, outcome: WorkOutcome) {
    await hearWork(tx, { ...held, work: held.locked }, outcome);
    countLater(tx, outcome.status === 'done' ? 'answered' : 'failed');
    // the source may have given it out again at once
    return readReceipt(tx, held.receipt);
  }

  function countLater(tx: Transaction, result: DeliveryResult): void {
    tx.afterCommit(() => {
      count(result);
    });
  }

  return {
    ack: (entry, colleagueId, messageId) =>
      change(entry, colleagueId, messageId, async (tx, held) => {
        const { origin, locked, receipt } = held;
        if (origin !== null && locked.message.kind === 'notification') {
          return hear(tx, { ...held, origin }, { status: 'done', result: null });
        }
        return write(tx, held, planAck(receipt, clock.now()), 'acked');
      }),

    nack: (entry, colleagueId, messageId, request) =>
      change(entry, colleagueId, messageId, async (tx, held) => {
        const { origin, locked, receipt } = held;
        const { error = failures.failed } = request;
        if (origin) {
          return hear(tx, { ...held, origin }, { status: 'failed', error, isRefusal: !error.retryable });
        }
        const set = planNack(locked.message, receipt, request, { now: clock.now(), random });
        return write(tx, held, set, set?.status === 'dead' ? 'dead' : 'failed');
      }),

    async reply(entry, colleagueId, messageId, answer) {
      if ('result' in answer) requireSize(answer.result, deps.maxMessageBytes, 'result');
      return change(entry, colleagueId, messageId, async (tx, held) => {
        const { origin, locked, receipt } = held;
        requireAnswered(locked.message);
        if (origin) return hear(tx, { ...held, origin }, toOutcome(answer));
        return write(tx, held, planReply(locked.message, receipt, answer, clock.now()), 'answered');
      });
    },
  };
}

function toOutcome(answer: Answer): WorkOutcome {
  return 'result' in answer
    ? { status: 'done', result: answer.result }
    : { status: 'failed', error: answer.error, isRefusal: !answer.error.retryable };
}

/** Whose work a message is, which has to be locked before it; null when there is no such message. */
async function findOrigin(
  tx: Transaction,
  mediatorKey: number,
  id: string,
): Promise<{ readonly origin: WorkOrigin | null } | null> {
  const row = await tx.queries
    .withTables<MessageTables>()
    .selectFrom('messages')
    .select(['work_source', 'work_ref'])
    .where('mediator_key', '=', mediatorKey)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) return null;
  const { work_source: source, work_ref: ref } = row;
  return { origin: source === null || ref === null ? null : { source, ref } };
}

function readReceipt(tx: Transaction, { sequence, recipient_id }: ReceiptRow): Promise<ReceiptRow> {
  return tx.queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .selectAll()
    .where('sequence', '=', sequence)
    .where('recipient_id', '=', recipient_id)
    .executeTakeFirstOrThrow();
}
