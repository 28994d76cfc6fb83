import { logEach, type Logger, type LogLine } from '@fanfare/service-kit';
import type { Notification } from '../notifications/notification';
import { toLogLines } from '../notifications/templates';
import type { Channel } from './channel';

/** Shows notifications in the log of the service, for demonstrations and for operators. */
export function createLogChannel(logger: Logger): Channel {
  return {
    name: 'log',
    batchSize: 500,
    async send(notifications) {
      logEach(logger, notifications.flatMap(linesOf), (line) => line);
      return notifications.map(() => ({ kind: 'sent' }));
    },
    close: () => Promise.resolve(),
  };
}

function linesOf(notification: Notification): LogLine[] {
  const { id, orderId, event } = notification;
  const fields = {
    notificationId: id,
    orderId,
    eventId: event.id,
    requestId: event.correlationId,
    traceId: event.traceparent?.split('-')[1],
  };
  return toLogLines(notification).map((msg) => ({ ...fields, msg }));
}
