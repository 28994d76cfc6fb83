import type { Failure } from '../failure';
import { isAnswered } from '../messages/message-rows';
import type { Answer, MessageKind, ReceiptStatus } from '../messages/message';

/** How a message ends. */
export interface MessageEnd {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly result?: unknown;
  readonly error?: Failure | null;
}

interface SettledReceipt {
  readonly status: ReceiptStatus;
  readonly error: Failure | null;
  readonly answer: Answer | null;
}

interface Sent {
  readonly kind: MessageKind;
  readonly isBroadcast: boolean;
}

/** The end of a message from whose recipients nothing is to come any more. */
export function conclude({ kind, isBroadcast }: Sent, receipts: readonly SettledReceipt[]): MessageEnd {
  if (receipts.every(({ status }) => status === 'cancelled')) return { status: 'cancelled' };
  if (isAnswered(kind) && isBroadcast) return { status: 'completed' };
  if (isAnswered(kind)) return concludeAnswer(receipts);
  const failed = receipts.find(({ status }) => status === 'dead' || status === 'expired');
  if (failed) return { status: 'failed', error: failed.error };
  return { status: receipts.every(({ status }) => status === 'acked') ? 'completed' : 'cancelled' };
}

function concludeAnswer([receipt]: readonly SettledReceipt[]): MessageEnd {
  const answer = receipt?.answer;
  if (answer && 'result' in answer) return { status: 'completed', result: answer.result };
  return { status: 'failed', error: answer?.error ?? receipt?.error ?? null };
}
