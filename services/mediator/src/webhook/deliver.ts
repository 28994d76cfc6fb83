import { isPassing, keepTrying, type Clock, type Span, type Tracer } from '@fanfare/core';
import type { Mailbox, Taken } from '../mailbox/mailbox';
import { applyVerdict, type MessagePlace } from './apply-verdict';
import type { Post } from './create-post';
import type { ColleagueReport } from './report-colleague';
import { toVerdict, type Verdict } from './to-verdict';

export interface DeliverDeps {
  readonly clock: Clock;
  readonly mailbox: Mailbox;
  readonly report: ColleagueReport;
  /** What is under way is broken off and given back. */
  readonly cutting: AbortSignal;
  readonly tracer?: Tracer | undefined;
}

/** Posts a message once, and says what follows from that. */
export async function postOnce(
  mediator: string,
  taken: Taken,
  post: Post,
  { cutting, report, tracer }: Pick<DeliverDeps, 'cutting' | 'report' | 'tracer'>,
): Promise<Verdict> {
  const span = tracer && startDelivery(tracer, mediator, taken);
  const sent = span ? { ...taken, traceparent: span.traceparent } : taken;
  const answer = await post.send(mediator, sent, cutting);
  if (cutting.aborted && answer.result.outcome === 'undelivered') return { act: 'giveBack' };
  const verdict = toVerdict(answer, taken.delivery.reply_expected);
  span?.end(verdict.act === 'nack' ? new Error(verdict.error.message) : undefined);
  if (verdict.act === 'nack') report.failed(verdict.error.message);
  else report.succeeded();
  return verdict;
}

function startDelivery(tracer: Tracer, mediator: string, { delivery, traceparent }: Taken): Span {
  return tracer.startSpan('deliver', {
    parent: traceparent,
    kind: 'client',
    attributes: {
      'messaging.operation.name': 'deliver',
      'messaging.destination.name': mediator,
      'messaging.message.id': delivery.id,
      'fanfare.message.type': delivery.type,
      'fanfare.colleague.id': delivery.recipient_id,
      'fanfare.attempts': delivery.attempt,
    },
  });
}

/** Lets the mailbox know, however long the database may be away. */
export async function writeDown(
  place: MessagePlace,
  verdict: Verdict,
  { clock, mailbox, cutting, report }: DeliverDeps,
): Promise<void> {
  const write = () => applyVerdict(mailbox, place, verdict);
  const trying = { clock, signal: cutting, isRetryable: isPassing, onFailure: report.broke };
  await (cutting.aborted ? write() : keepTrying(write, trying));
}
