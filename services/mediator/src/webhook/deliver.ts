import { isPassing, keepTrying, type Clock } from '@fanfare/core';
import type { Mailbox, Taken } from '../mailbox/mailbox';
import type { Post } from './create-post';
import { judgeAnswer, type Verdict } from './judge-answer';
import type { ColleagueReport } from './report-colleague';
import { settle, type MessagePlace } from './settle';

export interface DeliverDeps {
  readonly clock: Clock;
  readonly mailbox: Mailbox;
  readonly report: ColleagueReport;
  /** What is under way is broken off and given back. */
  readonly cutting: AbortSignal;
}

/** Posts a message once, and says what follows from that. */
export async function tryOnce(
  mediator: string,
  taken: Taken,
  post: Post,
  { cutting, report }: Pick<DeliverDeps, 'cutting' | 'report'>,
): Promise<Verdict> {
  const answer = await post.send(mediator, taken, cutting);
  if (cutting.aborted && answer.result.outcome === 'undelivered') return { act: 'giveBack' };
  const verdict = judgeAnswer(answer, taken.delivery.reply_expected);
  if (verdict.act === 'nack') report.failed(verdict.error.message);
  else report.succeeded();
  return verdict;
}

/** Lets the mailbox know, however long the database may be away. */
export async function writeDown(
  place: MessagePlace,
  verdict: Verdict,
  { clock, mailbox, cutting, report }: DeliverDeps,
): Promise<void> {
  const write = () => settle(mailbox, place, verdict);
  const trying = { clock, signal: cutting, isRetryable: isPassing, onFailure: report.broke };
  await (cutting.aborted ? write() : keepTrying(write, trying));
}
