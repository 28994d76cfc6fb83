import type { Notification } from '../notifications/notification';
import type { Outcome } from './channel';

export interface SendEachOptions {
  /** How many are under way at the same time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/**
 * Sends notifications that a receiver takes one at a time, a few of them side by side. Begins no further one once the
 * receiver is found away, or `signal` aborts: the rest stays untried.
 */
export async function sendEach(
  notifications: readonly Notification[],
  { concurrency, signal }: SendEachOptions,
  sendOne: (notification: Notification) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes = notifications.map((): Outcome => ({ kind: 'untried' }));
  const turns = notifications.entries();
  let isAway = false;

  async function takeTurns(): Promise<void> {
    for (const [index, notification] of turns) {
      const outcome = await sendOne(notification);
      outcomes[index] = outcome;
      if (outcome.kind === 'unavailable') isAway = true;
      if (isAway || signal.aborted) return;
    }
  }

  if (!signal.aborted) await Promise.all(Array.from({ length: concurrency }, takeTurns));
  return outcomes;
}
