import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import { messageTopic } from '../mailbox/mailbox';
import { refuse } from '../problems';
import type { Waiting } from '../waiting';
import type { Receipt, StoredMessage } from './message-rows';
import type { MessageStore } from './message-store';

/** A message as it stands with its recipients. */
export interface MessageState {
  readonly message: StoredMessage;
  readonly receipts: readonly Receipt[];
}

export interface AnswerWanted {
  readonly mediatorKey: number;
  readonly id: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** Resolves when a message has ended, or with how it stands when the wait is over. Throws `not-found` when it is gone. */
export type AwaitAnswer = (wanted: AnswerWanted) => Promise<MessageState>;

export interface AwaitAnswerDeps {
  readonly messages: Pick<MessageStore, 'find' | 'receiptsOf'>;
  readonly database: Pick<Database, 'queries'>;
  readonly waiting: Pick<Waiting, 'until'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** The timer that ends a message without an answer may be late by so much: whoever waits for that end waits for the timer. */
const timerDelayMs = 5_000;

export function createAwaitAnswer({ messages, database, waiting, clock }: AwaitAnswerDeps): AwaitAnswer {
  const { queries } = database;

  return async function awaitAnswer({ mediatorKey, id, waitMs, signal }) {
    let message = await messages.find(queries, mediatorKey, id);
    if (message && isOpen(message)) {
      const topics = [messageTopic(mediatorKey, id)];
      const options = { topics, signal, waitMs: planWait(message, waitMs, clock.now().getTime()) };
      await waiting.until(options, async () => {
        message = await messages.find(queries, mediatorKey, id);
        return message && isOpen(message) ? undefined : 'ended';
      });
    }
    if (!message) throw refuse('not-found', `message ${id} is gone`);
    const receipts = await messages.receiptsOf(queries, [message.sequence]);
    return { message, receipts: receipts.get(message.sequence) ?? [] };
  };
}

/** Whether something can still happen to a message by itself. */
export function isOpen({ status }: Pick<StoredMessage, 'status'>): boolean {
  return status === 'scheduled' || status === 'pending';
}

/** No wait at all for what will not even be handed out during it. */
function planWait(
  { status, deliverAt, deadline }: Pick<StoredMessage, 'status' | 'deliverAt' | 'deadline'>,
  waitMs: number,
  nowMs: number,
): number {
  const endMs = nowMs + waitMs;
  if (waitMs === 0 || (status === 'scheduled' && deliverAt && deliverAt.getTime() >= endMs)) return 0;
  return deadline && deadline.getTime() <= endMs ? waitMs + timerDelayMs : waitMs;
}
