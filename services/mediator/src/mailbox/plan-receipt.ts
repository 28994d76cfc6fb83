import { isDeepStrictEqual } from 'node:util';
import { isAnswered, toJson, type ReceiptRow, type StoredMessage } from '../messages/message-rows';
import type { Answer } from '../messages/message';
import { refuse } from '../problems';
import { planNextTry } from '../retry-policy';
import { failures } from './failures';
import type { NackRequest } from './mailbox';
import { noPlace, type ReceiptChange } from './settle';
import { stepReceipt } from './states';

/** What to write of a receipt; null when that has been done already. */
type Plan = ReceiptChange['set'] | null;

/** The recipient has the message, and it never comes again. */
export function planAck(receipt: ReceiptRow, now: Date): Plan {
  if (receipt.status === 'acked') return null;
  requireTaken(receipt);
  return { status: stepReceipt(receipt.status, 'ack'), acked_at: now.getTime(), error: null, ...noPlace };
}

/** A try has failed: there is another one, or that was the last. */
export function planNack(
  message: StoredMessage,
  receipt: ReceiptRow,
  { error = failures.failed, delayMs }: NackRequest,
  { now, random }: { readonly now: Date; readonly random: () => number },
): Plan {
  const isDone = receipt.status === 'dead' || (receipt.status === 'pending' && receipt.failures > 0);
  if (isDone) return null;
  requireTaken(receipt);
  const tried = { failures: receipt.failures + 1, error: toJson(error) };
  const nextMs = planNextTry(message.retry, tried.failures, random);
  if (nextMs === null || !error.retryable) {
    const answer = isAnswered(message.kind) ? toJson({ error }) : null;
    return { ...tried, status: stepReceipt(receipt.status, 'die'), answer, ...noPlace };
  }
  const status = stepReceipt(receipt.status, 'retry');
  return { ...tried, status, available_at: now.getTime() + Math.round(delayMs ?? nextMs) };
}

/** The answer to a command or query. The first one counts. */
export function planReply(message: StoredMessage, receipt: ReceiptRow, answer: Answer, now: Date): Plan {
  requireAnswered(message);
  if (receipt.answer !== null) {
    if (isSameAnswer(receipt, answer)) return null;
    throw refuse('illegal-transition', `${message.kind} ${message.id} has been answered`);
  }
  requireTaken(receipt);
  if (message.status !== 'pending') {
    throw refuse('illegal-transition', `${message.kind} ${message.id} is ${message.status}: too late`);
  }
  if (message.deadline && message.deadline <= now) {
    const until = message.deadline.toISOString();
    throw refuse('illegal-transition', `${message.kind} ${message.id} was to be answered until ${until}`);
  }
  const isAcked = receipt.status === 'acked';
  return {
    status: isAcked ? 'acked' : stepReceipt(receipt.status, 'ack'),
    acked_at: receipt.acked_at ?? now.getTime(),
    answer: toJson(answer),
    error: 'error' in answer ? toJson(answer.error) : null,
    ...noPlace,
  };
}

export function requireAnswered({ kind }: StoredMessage): void {
  if (!isAnswered(kind)) {
    throw refuse('illegal-transition', `a message of kind ${kind} is acked, not answered`);
  }
}

/** Nobody can say what became of a message that has never been handed out to it. */
export function requireTaken({ attempts }: ReceiptRow): void {
  if (attempts === 0) {
    throw refuse('illegal-transition', 'the message has not been handed out to this recipient');
  }
}

export function isSameAnswer(receipt: ReceiptRow, answer: Answer): boolean {
  return receipt.answer !== null && isDeepStrictEqual(JSON.parse(receipt.answer), JSON.parse(toJson(answer)));
}
