import type { MessagingObserver } from '@fanfare/messaging';
import type { Metrics } from '@fanfare/service-kit';
import type { Settlement } from './judge-outcomes';
import type { SenderObserver } from './sender';

/** Counts what the senders do: `notifications_sent_total{channel,result}`. */
export function createSenderObserver(
  metrics: Metrics,
  { waiting }: Pick<MessagingObserver, 'waiting'>,
): SenderObserver {
  const sent = metrics.counter({
    name: 'notifications_sent_total',
    help: 'Tries to send a notification by what became of it: sent, failed for good, or pending for another try.',
    labels: ['channel', 'result'],
  });
  return {
    waiting,
    settled(channel, settlements: readonly Settlement[]) {
      for (const { state } of settlements) sent.inc({ channel, result: state });
    },
  };
}
