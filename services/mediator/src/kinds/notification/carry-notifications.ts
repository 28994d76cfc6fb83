import type { Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import type { MediatorEntry } from '../../mediators/directory';
import type { PartDeps } from '../../part';
import { retryPolicySchema } from '../../retry-policy';
import type { TimerHandler } from '../../timers/timers';
import type { WorkSource } from '../../work/work';
import { expire, failTry, markDelivered, nextDue, type Notification } from './notification';
import { notificationStore } from './notification-store';
import { showNotification } from './show-notification';

/** Of the source of work, and of its timers. */
export const carrierName = 'notification';

/** Gives notifications to the colleagues that carry them, and follows what becomes of them. */
export interface CarryNotifications {
  /** Gives a new one to its channel, if it has one, and keeps its time. */
  begin(tx: Transaction, entry: MediatorEntry, notification: Notification): Promise<void>;
  readonly source: WorkSource;
  readonly onTimer: TimerHandler;
}

type CarryDeps = Pick<PartDeps, 'config' | 'database' | 'directory' | 'work' | 'timers' | 'clock' | 'random'>;

export function createCarryNotifications(deps: CarryDeps): CarryNotifications {
  const { config, database, directory, work, timers, clock, random } = deps;
  const retry = retryPolicySchema(config.retryCount).parse({});

  const fail = (notification: Notification, error: Failure) =>
    failTry(notification, { error, retry, at: clock.now(), random });

  /** Hands it to its channel; where nobody is there any more, a try has failed. */
  async function tryOnce(
    tx: Transaction,
    entry: MediatorEntry,
    notification: Notification & { readonly handlerId: string },
  ): Promise<Notification> {
    const tried = { ...notification, retryAt: null };
    const error = await work.giveOut(tx, {
      entry,
      isAgain: notification.failures > 0,
      id: notification.id,
      source: carrierName,
      ref: notification.id,
      kind: 'notification',
      type: notification.type,
      data: showNotification(notification),
      handlerId: notification.handlerId,
      priority: notification.priority,
      deadline: notification.expiresAt,
      timeoutMs: config.messageTimeoutMs,
      trace: notification.trace,
    });
    return error ? fail(tried, error) : tried;
  }

  async function save(tx: Transaction, mediatorKey: number, notification: Notification): Promise<void> {
    await notificationStore.save(tx, mediatorKey, notification);
    follow(tx, mediatorKey, notification);
  }

  function follow(tx: Transaction, mediatorKey: number, notification: Notification): void {
    const timer = { kind: carrierName, mediatorKey, id: notification.id };
    const dueAt = nextDue(notification);
    if (dueAt) timers.set(tx, { ...timer, dueAt });
    else timers.cancel(tx, timer);
  }

  async function goOn(tx: Transaction, entry: MediatorEntry, notification: Notification): Promise<void> {
    const { key } = entry.mediator;
    const now = clock.now();
    const { id, handlerId, retryAt } = notification;
    const expired = expire(notification, now);
    if (expired !== notification) {
      if (handlerId !== null) await work.withdraw(tx, key, [id]);
      await save(tx, key, expired);
    } else if (handlerId !== null && retryAt !== null && retryAt <= now) {
      await save(tx, key, await tryOnce(tx, entry, { ...notification, handlerId }));
    } else {
      follow(tx, key, notification);
    }
  }

  return {
    async begin(tx, entry, notification) {
      const { handlerId } = notification;
      if (handlerId !== null) await tryOnce(tx, entry, { ...notification, handlerId });
      follow(tx, entry.mediator.key, notification);
    },

    source: {
      name: carrierName,
      async lock(tx, mediatorKey, ref) {
        await notificationStore.lock(tx, mediatorKey, ref);
      },
      async answered(tx, { mediatorKey, ref, outcome }) {
        const notification = await notificationStore.lock(tx, mediatorKey, ref);
        if (notification?.status !== 'pending') return 'late';
        if (outcome.status === 'done') {
          await save(tx, mediatorKey, markDelivered(notification, clock.now()));
          return 'taken';
        }
        // a try that has failed already cannot fail again
        if (notification.retryAt !== null) return 'late';
        const failed = fail(notification, outcome.error);
        if (failed.status === 'failed') await work.withdraw(tx, mediatorKey, [ref]);
        await save(tx, mediatorKey, failed);
        return 'taken';
      },
    },

    onTimer: ({ mediatorKey, id }) =>
      database.transact(async (tx) => {
        const entry = await directory.enterByKey(tx, mediatorKey);
        const notification = entry && (await notificationStore.lock(tx, mediatorKey, id));
        if (notification) await goOn(tx, entry, notification);
      }),
  };
}
