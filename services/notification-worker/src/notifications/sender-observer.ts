import type { MessagingObserver } from '@fanfare/messaging';
import type { Logger, Metrics } from '@fanfare/service-kit';
import { logEnded } from './notification-log';
import type { SenderObserver } from './sender';

export interface SenderObserverDeps {
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly messagingObserver: Pick<MessagingObserver, 'waiting'>;
}

/** Counts what the senders do, `notifications_sent_total{channel,result}`, and logs how each notification ended. */
export function createSenderObserver({
  metrics,
  logger,
  messagingObserver: { waiting },
}: SenderObserverDeps): SenderObserver {
  const sent = metrics.counter({
    name: 'notifications_sent_total',
    help: 'Tries to send a notification by what became of it: sent, failed for good, or pending for another try.',
    labels: ['channel', 'result'],
  });
  return {
    waiting,
    settled(channel, settlements) {
      for (const { state } of settlements) sent.inc({ channel, result: state });
      logEnded(logger, channel, settlements);
    },
  };
}
