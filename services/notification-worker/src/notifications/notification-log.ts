import { logEach, type Logger, type LogLine } from '@fanfare/service-kit';
import type { Settlement } from './judge-outcomes';
import type { Notification } from './notification';
import { toLogLines } from './templates';

/** All lines of each notification: what the channel `log` sends. */
export function logWhole(logger: Logger, notifications: readonly Notification[]): void {
  const lines = notifications.flatMap((notification): LogLine[] => {
    const fields = fieldsOf(notification);
    return toLogLines(notification).map((msg) => ({ ...fields, msg }));
  });
  logEach(logger, lines, (line) => line);
}

/**
 * One line for each notification that has ended: that it was sent, unless its channel is `log`, where sending it has said so;
 * or that it was given up, and why.
 */
export function logEnded(logger: Logger, channel: string, settlements: readonly Settlement[]): void {
  if (channel !== 'log') {
    const sent = settlements.filter(({ state }) => state === 'sent');
    logEach(logger, sent, ({ notification }) => describe(notification));
  }
  for (const { state, notification, attempts, reason } of settlements) {
    if (state !== 'failed') continue;
    const { msg, ...fields } = describe(notification);
    logger.warn({ ...fields, attempts, reason: hideAddresses(reason) }, `${msg}: given up`);
  }
}

function describe(notification: Notification): LogLine {
  const [headline = ''] = toLogLines(notification);
  return { ...fieldsOf(notification), channel: notification.channel, msg: headline };
}

/** What it takes to find the request that a notification came from. */
function fieldsOf({ id, orderId, event }: Notification) {
  return {
    notificationId: id,
    orderId,
    eventId: event.id,
    requestId: event.correlationId,
    traceId: event.traceparent?.split('-')[1],
  };
}

/** Mail servers repeat whom they refuse, and nothing takes that out of a log again. */
function hideAddresses(reason: string | null): string | undefined {
  return reason?.replace(/\S+@\S+/g, '[address]');
}
