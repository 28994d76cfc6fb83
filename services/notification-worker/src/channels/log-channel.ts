import type { Logger } from '@fanfare/service-kit';
import { logWhole } from '../notifications/notification-log';
import type { Channel } from './channel';

/** Shows notifications in the log of the service, for demonstrations and for operators. */
export function createLogChannel(logger: Logger): Channel {
  return {
    name: 'log',
    batchSize: 500,
    async send(notifications) {
      logWhole(logger, notifications);
      return notifications.map(() => ({ kind: 'sent' }));
    },
    close: () => Promise.resolve(),
  };
}
