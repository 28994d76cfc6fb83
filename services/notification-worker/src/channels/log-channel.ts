import type { Logger } from '@fanfare/service-kit';
import { toLogLines } from '../notifications/templates';
import type { Channel } from './channel';

/** Shows notifications in the log of the service, for demonstrations and for operators. */
export function createLogChannel(logger: Logger): Channel {
  return {
    name: 'log',
    batchSize: 500,
    async send(notifications) {
      return notifications.map((notification) => {
        const { id, orderId, event } = notification;
        const fields = {
          notificationId: id,
          orderId,
          eventId: event.id,
          requestId: event.correlationId,
          traceId: event.traceparent?.split('-')[1],
        };
        for (const line of toLogLines(notification)) logger.info(fields, line);
        return { kind: 'sent' };
      });
    },
    close: () => Promise.resolve(),
  };
}
