import type { Reply } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import { refuse } from '../problems';
import type { MessageStore } from './message-store';
import type { SentMessage } from './send-message';
import { toAnsweredReply, toSentReply } from './send-reply';

/** What a call that sent something answers if it does not wait: an answer that is there already, else that it is open. */
export type AnswerNow = (tx: Transaction, sent: SentMessage, isBroadcast: boolean) => Promise<Reply>;

export function createAnswerNow(messages: Pick<MessageStore, 'find' | 'receiptsOf'>): AnswerNow {
  return async function answerNow(tx, sent, isBroadcast) {
    const { entry, kind, id, outcome } = sent;
    if (!kind.isAnswered) return toSentReply({ ...sent, isBroadcast });
    // of what was just accepted nothing is written before the transaction's end
    if (outcome === 'accepted') return toSentReply({ ...sent, isBroadcast }, { status: 'pending' }, 202);
    const message = await messages.find(tx.queries, entry.mediator.key, id);
    if (!message) throw refuse('not-found', `message ${id} is gone`);
    const receipts = await messages.receiptsOf(tx.queries, [message.sequence]);
    return toAnsweredReply(
      { ...sent, isBroadcast },
      { message, receipts: receipts.get(message.sequence) ?? [] },
    );
  };
}
