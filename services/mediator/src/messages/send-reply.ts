import { reply, type Reply } from '@fanfare/service-kit';
import { hasTimedOut, toCommandAnswer } from '../kinds/command/command-answer';
import { gatherAnswers } from '../kinds/query/gather-answers';
import { refuse } from '../problems';
import { isOpen, type MessageState } from './await-answer';
import type { SentMessage } from './send-message';

/** What was sent, as far as the answer tells of it. */
export interface SaidOf extends Pick<SentMessage, 'outcome' | 'id' | 'recipientIds'> {
  readonly isBroadcast: boolean;
}

/** The answer to whoever sent something, with what else there is to tell. */
export function toSentReply(sent: SaidOf, members: object = {}, status = 200): Reply {
  const { outcome, id, recipientIds, isBroadcast } = sent;
  const said = isBroadcast
    ? { message: 'Message broadcasted successfully', id, recipients: recipientIds }
    : { message: 'Message sent successfully', id };
  const headers = outcome === 'replayed' ? { 'idempotency-replayed': 'true' } : undefined;
  return reply(status, { ...said, ...members, ...(outcome === 'cached' && { cached: true }) }, headers);
}

/** The answer to whoever waited for one. Throws `timeout` when none came within the time that there was for it. */
export function toAnsweredReply(sent: SaidOf, { message, receipts }: MessageState): Reply {
  if (!sent.isBroadcast && hasTimedOut(message, receipts)) {
    throw refuse('timeout', `message ${sent.id} was not answered in time`, { id: sent.id });
  }
  const members = sent.isBroadcast ? gatherAnswers(message, receipts) : toCommandAnswer(message);
  return toSentReply(sent, members, isOpen(message) ? 202 : 200);
}
