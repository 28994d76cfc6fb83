import { createValidate } from '@fanfare/service-kit';
import { transactOnce } from '../../create-once';
import { bodyLimitOf } from '../../message-size';
import type { Part, PartDeps } from '../../part';
import { carrierName, createCarryNotifications } from './carry-notifications';
import { notificationRoutes, notifiedReply } from './notification-routes';
import { newNotificationBody } from './notification-schemas';
import { notificationStore } from './notification-store';
import { createNotify } from './notify';

/** Mediators of kind notification: what people are told, by whatever channel carries it. */
export function createNotifications(deps: PartDeps): Part {
  const { config, database, timers, work } = deps;
  const carry = createCarryNotifications(deps);
  const notify = createNotify({ ...deps, carry });
  timers.handle(carrierName, carry.onTimer);
  work.addSource(carry.source);

  const validate = createValidate(newNotificationBody, 'body');
  const bodyLimitBytes = bodyLimitOf(config);
  return {
    routes: notificationRoutes({ ...deps, notify, bodyLimitBytes }),
    createByMessage: {
      async notification({ mediator, body: posted, trace }) {
        const request = { mediator, body: validate(posted), trace };
        return notifiedReply(mediator, await transactOnce(database, (tx) => notify.notify(tx, request)));
      },
    },
    onMediatorRemoved: (tx, mediatorKey) => notificationStore.removeAll(tx, mediatorKey),
    prune: (before, limit) => notificationStore.prune(database.queries, before, limit),
  };
}
