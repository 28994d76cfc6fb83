import { HttpProblem } from '@fanfare/service-kit';
import type { Mailbox } from '../mailbox/mailbox';
import type { MediatorEntry } from '../mediators/directory';
import type { Verdict } from './to-verdict';

/** A message in the mailbox of a colleague. */
export interface MessagePlace {
  readonly entry: MediatorEntry;
  readonly colleagueId: string;
  readonly messageId: string;
}

/** What is said of an answer that is too long, or nested too deeply. */
const unkeepable: readonly string[] = ['too-large', 'invalid'];

/**
 * Lets the mailbox know what became of a try. What can no longer become of it, since the message was cancelled or answered
 * in another way meanwhile, or its mediator removed, is dropped.
 */
export async function applyVerdict(mailbox: Mailbox, place: MessagePlace, verdict: Verdict): Promise<void> {
  try {
    await apply(mailbox, place, verdict);
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    if (!unkeepable.includes(error.code)) return;
    // the work was done, so this is no refusal
    const failure = { code: error.code, message: error.detail, retryable: true };
    await applyVerdict(mailbox, place, { act: 'nack', error: failure });
  }
}

async function apply(
  mailbox: Mailbox,
  { entry, colleagueId, messageId }: MessagePlace,
  verdict: Verdict,
): Promise<void> {
  switch (verdict.act) {
    case 'ack':
      await mailbox.ack(entry, colleagueId, messageId);
      return;
    case 'reply':
      await mailbox.reply(entry, colleagueId, messageId, verdict.answer);
      return;
    case 'nack':
      await mailbox.nack(entry, colleagueId, messageId, { error: verdict.error, delayMs: verdict.delayMs });
      return;
    case 'giveBack':
      await mailbox.giveBack(entry, colleagueId, [messageId]);
      return;
  }
}
