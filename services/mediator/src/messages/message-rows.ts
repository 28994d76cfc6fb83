import type { TraceContext } from '@fanfare/contracts';
import type { Failure } from '../failure';
import type { RetryPolicy } from '../retry-policy';
import { placeOf } from '../mailbox/place';
import type {
  Answer,
  MessageKind,
  MessageStatus,
  NewMessage,
  Priority,
  ReceiptStatus,
  ShownReceipt,
} from './message';

export type MessageTables = {
  message_counter: { id: number; taken: number };
  messages: {
    mediator_key: number;
    id: string;
    sequence: number;
    kind: MessageKind;
    type: string;
    /** JSON, as are `retry`, `trace`, `result` and `error`. */
    body: string;
    sender_id: string | null;
    is_broadcast: number;
    priority: Priority;
    source: string | null;
    correlation_id: string | null;
    accepted_at: number;
    deliver_at: number | null;
    expires_at: number | null;
    deadline: number | null;
    timeout_ms: number;
    retry: string;
    trace: string;
    status: MessageStatus;
    result: string | null;
    error: string | null;
    open_receipts: number;
    ended_at: number | null;
    request_hash: string | null;
    cache_key: string | null;
    work_source: string | null;
    work_ref: string | null;
  };
  receipts: {
    sequence: number;
    recipient_id: string;
    mediator_key: number;
    status: ReceiptStatus;
    place: number | null;
    lane: string | null;
    available_at: number;
    lapses_at: number | null;
    attempts: number;
    failures: number;
    delivered_at: number | null;
    acked_at: number | null;
    error: string | null;
    /** JSON of an `Answer`. */
    answer: string | null;
    answered_attempt: number | null;
  };
  mailboxes: { mediator_key: number; colleague_id: string };
};
export type MessageRow = MessageTables['messages'];
export type ReceiptRow = MessageTables['receipts'];

/** A message together with what the mediator keeps of it from the start. */
export interface AcceptedMessage extends NewMessage {
  readonly acceptedAt: Date;
  /** See `hashRequest`; null where no call has made it. */
  readonly requestHash: string | null;
  /** Under which a good answer of it may be given again. */
  readonly cacheKey: string | null;
  /** Of work: who gave it out, and what for. */
  readonly work: { readonly source: string; readonly ref: string } | null;
}

/** A message as it is now. */
export interface StoredMessage extends Omit<AcceptedMessage, 'recipientIds'> {
  readonly mediatorKey: number;
  /** Grows in the order in which messages were accepted. */
  readonly sequence: number;
  readonly status: MessageStatus;
  /** Null as well where the answer was null. */
  readonly result: unknown;
  readonly error: Failure | null;
  /** From how many recipients something is still to come: an ack, or an answer. */
  readonly openReceipts: number;
  readonly endedAt: Date | null;
}

/** Where a message stands with one recipient. */
export interface Receipt {
  readonly recipientId: string;
  readonly status: ReceiptStatus;
  /** How often it was handed out. */
  readonly attempts: number;
  /** How many of its tries failed. */
  readonly failures: number;
  readonly availableAt: Date;
  readonly deliveredAt: Date | null;
  readonly ackedAt: Date | null;
  readonly error: Failure | null;
  readonly answer: Answer | null;
}

export function isAnswered(kind: MessageKind): boolean {
  return kind === 'command' || kind === 'query';
}

export function toMessageRow(mediatorKey: number, sequence: number, message: AcceptedMessage): MessageRow {
  const { acceptedAt, deliverAt, recipientIds, work } = message;
  const isEmpty = recipientIds.length === 0;
  return {
    mediator_key: mediatorKey,
    id: message.id,
    sequence,
    kind: message.kind,
    type: message.type,
    body: toJson(message.body),
    sender_id: message.senderId,
    is_broadcast: Number(message.isBroadcast),
    priority: message.priority,
    source: message.source,
    correlation_id: message.correlationId,
    accepted_at: acceptedAt.getTime(),
    deliver_at: toMs(deliverAt),
    expires_at: toMs(message.expiresAt),
    deadline: toMs(message.deadline),
    timeout_ms: message.timeoutMs,
    retry: toJson(message.retry),
    trace: toJson(message.trace),
    status: isEmpty ? 'completed' : isScheduled(message) ? 'scheduled' : 'pending',
    result: null,
    error: null,
    open_receipts: recipientIds.length,
    ended_at: isEmpty ? acceptedAt.getTime() : null,
    request_hash: message.requestHash,
    cache_key: message.cacheKey,
    work_source: work?.source ?? null,
    work_ref: work?.ref ?? null,
  };
}

export function toReceiptRows(
  mediatorKey: number,
  sequence: number,
  message: AcceptedMessage,
): readonly ReceiptRow[] {
  const spot = isScheduled(message) ? { place: null, lane: null } : placeOf({ ...message, sequence });
  return message.recipientIds.map((recipientId) => ({
    sequence,
    recipient_id: recipientId,
    mediator_key: mediatorKey,
    status: 'pending',
    ...spot,
    available_at: (message.deliverAt ?? message.acceptedAt).getTime(),
    lapses_at: toMs(lapsesAt(message)),
    attempts: 0,
    failures: 0,
    delivered_at: null,
    acked_at: null,
    error: null,
    answer: null,
    answered_attempt: null,
  }));
}

/** From when on a message is not handed out any more. Whoever gave out work keeps its time. */
export function lapsesAt({
  expiresAt,
  deadline,
  work,
}: Pick<AcceptedMessage, 'expiresAt' | 'deadline' | 'work'>): Date | null {
  const ends = [expiresAt, work ? null : deadline].flatMap((end) => (end ? [end.getTime()] : []));
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

export function isScheduled({
  deliverAt,
  acceptedAt,
}: Pick<AcceptedMessage, 'deliverAt' | 'acceptedAt'>): boolean {
  return deliverAt !== null && deliverAt > acceptedAt;
}

/** What is parsed here was written by `toMessageRow`, or by whoever ended the message. */
export function fromMessageRow(row: MessageRow): StoredMessage {
  return {
    mediatorKey: row.mediator_key,
    id: row.id,
    sequence: row.sequence,
    kind: row.kind,
    type: row.type,
    body: JSON.parse(row.body) as unknown,
    senderId: row.sender_id,
    isBroadcast: row.is_broadcast === 1,
    priority: row.priority,
    source: row.source,
    correlationId: row.correlation_id,
    acceptedAt: new Date(row.accepted_at),
    deliverAt: toDate(row.deliver_at),
    expiresAt: toDate(row.expires_at),
    deadline: toDate(row.deadline),
    timeoutMs: row.timeout_ms,
    retry: JSON.parse(row.retry) as RetryPolicy,
    trace: JSON.parse(row.trace) as TraceContext,
    status: row.status,
    result: fromJson(row.result),
    error: fromJson(row.error) as Failure | null,
    openReceipts: row.open_receipts,
    endedAt: toDate(row.ended_at),
    requestHash: row.request_hash,
    cacheKey: row.cache_key,
    work: row.work_source === null ? null : { source: row.work_source, ref: row.work_ref ?? '' },
  };
}

/** A receipt as it is at `now`: one that nobody has in hand any more waits again, though nothing was written. */
export function fromReceiptRow(row: ReceiptRow, now: Date): Receipt {
  const isBack = row.status === 'delivered' && row.available_at <= now.getTime();
  return {
    recipientId: row.recipient_id,
    status: isBack ? 'pending' : row.status,
    attempts: row.attempts,
    failures: row.failures,
    availableAt: new Date(row.available_at),
    deliveredAt: toDate(row.delivered_at),
    ackedAt: toDate(row.acked_at),
    error: fromJson(row.error) as Failure | null,
    answer: fromJson(row.answer) as Answer | null,
  };
}

export function showReceipt(receipt: Receipt): ShownReceipt {
  return {
    recipient_id: receipt.recipientId,
    status: receipt.status,
    attempts: receipt.attempts,
    delivered_at: receipt.deliveredAt?.toISOString() ?? null,
    acked_at: receipt.ackedAt?.toISOString() ?? null,
    error: receipt.error,
  };
}

/** JSON has no `undefined`: at the top it is null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value ?? null);
}

function fromJson(text: string | null): unknown {
  return text === null ? null : (JSON.parse(text) as unknown);
}

function toMs(time: Date | null): number | null {
  return time?.getTime() ?? null;
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
