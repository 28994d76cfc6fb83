import { createAnalyticsService, readConfig as readAnalyticsConfig } from '@fanfare/analytics-service';
import { createEventStore, readConfig as readEventStoreConfig } from '@fanfare/event-store';
import { createMediatorService, readConfig as readMediatorConfig } from '@fanfare/mediator';
import { createNotificationWorker, readConfig as readNotificationConfig } from '@fanfare/notification-worker';
import { createOrderService, readConfig as readOrderConfig } from '@fanfare/order-service';
import type { Environment, ServiceFactory } from '@fanfare/service-kit';
import { environmentOf } from './config';

/** Every service of the system, for one process. */
export function allServices(env?: Environment): readonly ServiceFactory[] {
  return [
    (resources) => createOrderService(readOrderConfig(environmentOf('order-service', env)), resources),
    (resources) =>
      createAnalyticsService(readAnalyticsConfig(environmentOf('analytics-service', env)), resources),
    (resources) => createEventStore(readEventStoreConfig(environmentOf('event-store', env)), resources),
    (resources) => createMediatorService(readMediatorConfig(environmentOf('mediator', env)), resources),
    (resources) =>
      createNotificationWorker(readNotificationConfig(environmentOf('notification-worker', env)), resources),
  ];
}
