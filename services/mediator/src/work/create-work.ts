import { AppError, type Clock, type Tracer } from '@fanfare/core';
import type { DeferredWrite, Transaction } from '@fanfare/storage';
import { lockMessage, type LockedMessage } from '../mailbox/lock-message';
import { placeOf } from '../mailbox/place';
import { isOpen, noPlace, writeMessage, type ReceiptChange, type Settle } from '../mailbox/settle';
import type { Failure } from '../failure';
import type { Colleague } from '../mediators/colleague';
import { findHandler } from '../mediators/find-handler';
import { toJson, type AcceptedMessage, type MessageTables, type ReceiptRow } from '../messages/message-rows';
import type { MessageStore } from '../messages/message-store';
import type { Work, WorkOrder } from './work';
import type { WorkSources } from './work-sources';

export interface WorkDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly messages: Pick<MessageStore, 'accept'>;
  readonly settle: Settle;
  readonly sources: Pick<WorkSources, 'add'>;
  readonly tracer?: Tracer | undefined;
}

interface WorkKey {
  readonly mediatorKey: number;
  readonly id: string;
}

export function createWork({ clock, messages, settle, sources, tracer }: WorkDeps): Work {
  /** False when there is no such work: the tries before found nobody. */
  async function giveAgain(tx: Transaction, order: WorkOrder, handler: Colleague): Promise<boolean> {
    const work = await lockMessage(tx, order.entry.mediator.key, order.id);
    if (!work) return false;
    await renew(tx, work, order);
    const receipt = await receiptOf(tx, work, handler, clock.now());
    const others = work.receipts.filter((other) => other.recipient_id !== handler.id);
    const again = {
      ...({ status: 'pending', available_at: clock.now().getTime(), lapses_at: null } as const),
      ...placeOf(work.message),
    };
    await settle(tx, work.message, [{ receipt, set: again }, ...takeFrom(work, others)]);
    return true;
  }

  /** Whether there is such work, or it has ended already. */
  async function withdraw(tx: Transaction, { mediatorKey, id }: WorkKey): Promise<boolean> {
    const work = await lockMessage(tx, mediatorKey, id);
    if (!work) return false;
    if (work.message.status !== 'pending') return true;
    const error = lastFailure(work);
    const status = error ? 'failed' : 'cancelled';
    await settle(tx, work.message, takeFrom(work, work.receipts), { status, error });
    return true;
  }

  /** Of what was given out by the same transaction, and is written only at its end. */
  const withdrawWritten: DeferredWrite<WorkKey> = {
    stage: 'aggregates',
    async write(tx, keys) {
      for (const key of keys) await withdraw(tx, key);
    },
  };

  return {
    async giveOut(tx, order) {
      const handler = findHandler(order.entry, order);
      if (!handler) return noHandler(order);
      if (order.isAgain && (await giveAgain(tx, order, handler))) return null;
      await requireFree(tx, order);
      const traced = tracer ? traceDispatch(tracer, tx, order) : order;
      messages.accept(tx, order.entry, toMessage(traced, handler, clock.now()));
      return null;
    },

    async withdraw(tx, mediatorKey, ids) {
      for (const id of ids.toSorted()) {
        const isKnown = await withdraw(tx, { mediatorKey, id });
        if (!isKnown) tx.writeLater(withdrawWritten, { mediatorKey, id });
      }
    },

    addSource(source) {
      sources.add(source);
    },
  };
}

function noHandler({ type, handlerId }: WorkOrder): Failure {
  const message = handlerId === undefined ? `nobody handles ${type}` : `there is no colleague ${handlerId}`;
  return { code: 'no-handler', message, retryable: true };
}

/** The same work, which follows from its dispatch; shown with the commit. */
function traceDispatch(tracer: Tracer, tx: Transaction, order: WorkOrder): WorkOrder {
  const span = tracer.startSpan(`dispatch ${order.source}`, {
    parent: order.trace.traceparent,
    kind: 'producer',
    attributes: {
      'messaging.operation.name': 'dispatch',
      'messaging.destination.name': order.entry.mediator.name,
      'messaging.message.id': order.id,
      'fanfare.message.type': order.type,
    },
  });
  tx.afterCommit(() => {
    span.end();
  });
  return { ...order, trace: { ...order.trace, traceparent: span.traceparent } };
}

function toMessage(order: WorkOrder, handler: Colleague, now: Date): AcceptedMessage {
  return {
    id: order.id,
    kind: order.kind,
    type: order.type,
    body: order.data,
    senderId: null,
    recipientIds: [handler.id],
    isBroadcast: false,
    priority: order.priority ?? 'normal',
    source: null,
    correlationId: order.trace.correlationid,
    deliverAt: null,
    expiresAt: null,
    deadline: order.deadline,
    timeoutMs: order.timeoutMs,
    // the source decides about tries
    retry: { max_attempts: 1, delay_ms: 0, factor: 1, max_delay_ms: 0 },
    trace: order.trace,
    acceptedAt: now,
    requestHash: null,
    cacheKey: null,
    work: { source: order.source, ref: order.ref },
  };
}

/** The message is written with the commit: a clash would be found only there, where nothing can be decided any more. */
async function requireFree(tx: Transaction, { entry, id }: WorkOrder): Promise<void> {
  const taken = await tx.queries
    .withTables<MessageTables>()
    .selectFrom('messages')
    .select('id')
    .where('mediator_key', '=', entry.mediator.key)
    .where('id', '=', id)
    .executeTakeFirst();
  if (taken) throw new AppError('already_exists', `there is another message ${id}`);
}

/** The message says what the new try is about. */
async function renew(tx: Transaction, { message }: LockedMessage, order: WorkOrder): Promise<void> {
  if (message.status === 'completed') throw new AppError('conflict', `${message.id} has been done`);
  await writeMessage(tx, message, {
    status: 'pending',
    result: null,
    error: null,
    open_receipts: 1,
    ended_at: null,
    body: toJson(order.data),
    deadline: order.deadline?.getTime() ?? null,
    timeout_ms: order.timeoutMs,
  });
}

/** That of the handler: a new one counts on from the attempts of all before it. */
async function receiptOf(
  tx: Transaction,
  { message, receipts }: LockedMessage,
  handler: Colleague,
  now: Date,
): Promise<ReceiptRow> {
  const attempts = Math.max(0, ...receipts.map((receipt) => receipt.attempts));
  const known = receipts.find((receipt) => receipt.recipient_id === handler.id);
  if (known) return known;
  const row: ReceiptRow = {
    sequence: message.sequence,
    recipient_id: handler.id,
    mediator_key: message.mediatorKey,
    status: 'pending',
    ...noPlace,
    available_at: now.getTime(),
    lapses_at: null,
    attempts,
    failures: 0,
    delivered_at: null,
    acked_at: null,
    error: null,
    answer: null,
    answered_attempt: null,
  };
  await tx.dialect.insertRows(tx.queries, 'receipts', [row]);
  return row;
}

/** Of a failed try, after which nobody has had the work. */
function lastFailure({ receipts }: LockedMessage): Failure | null {
  const waits = ({ status, place }: ReceiptRow) =>
    place === null && (status === 'pending' || status === 'dead');
  const error = receipts.find((receipt) => waits(receipt) && receipt.error !== null)?.error;
  return error == null ? null : (JSON.parse(error) as Failure);
}

/** Takes work out of the hands of its recipients. */
function takeFrom({ message }: LockedMessage, receipts: readonly ReceiptRow[]): readonly ReceiptChange[] {
  return receipts
    .filter((receipt) => isOpen(message, receipt) || receipt.status === 'acked')
    .map((receipt) => ({ receipt, set: { status: 'cancelled', ...noPlace } }));
}
