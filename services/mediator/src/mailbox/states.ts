import type { MessageStatus, ReceiptStatus } from '../messages/message';
import { refuse } from '../problems';

/** What can happen to a message with one of its recipients. */
export type ReceiptStep = 'take' | 'ack' | 'retry' | 'expire' | 'die' | 'cancel' | 'redrive';

/** What can happen to a message as a whole. */
export type MessageStep = 'come due' | 'complete' | 'fail' | 'cancel' | 'redrive';

type Steps<Status extends string, Step extends string> = Readonly<
  Record<Status, Readonly<Partial<Record<Step, Status>>>>
>;

/** Contract §3, "States". A recipient may ack late, when nobody has been waiting for that any more. */
const receiptSteps: Steps<ReceiptStatus, ReceiptStep> = {
  pending: { take: 'delivered', ack: 'acked', expire: 'expired', die: 'dead', cancel: 'cancelled' },
  delivered: {
    take: 'delivered',
    ack: 'acked',
    retry: 'pending',
    expire: 'expired',
    die: 'dead',
    cancel: 'cancelled',
  },
  acked: {},
  expired: {},
  dead: { redrive: 'pending', cancel: 'cancelled' },
  cancelled: {},
};

const messageSteps: Steps<MessageStatus, MessageStep> = {
  scheduled: { 'come due': 'pending', fail: 'failed', cancel: 'cancelled' },
  pending: { complete: 'completed', fail: 'failed', cancel: 'cancelled' },
  completed: {},
  failed: { redrive: 'pending' },
  cancelled: {},
};

/** The status after a step. Throws `illegal-transition`. */
export function stepReceipt(status: ReceiptStatus, step: ReceiptStep): ReceiptStatus {
  const next = receiptSteps[status][step];
  if (next) return next;
  throw refuse(
    'illegal-transition',
    `the message is ${status} for this recipient: it cannot ${step} any more`,
  );
}

/** Undefined when the state forbids the step. */
export function nextMessageStatus(status: MessageStatus, step: MessageStep): MessageStatus | undefined {
  return messageSteps[status][step];
}
