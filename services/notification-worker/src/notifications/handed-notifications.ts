import type { Clock } from '@fanfare/core';
import type { Claim, Notification } from './notification';

/**
 * Notifications that wait in memory for their sender, claimed for it when they were recorded: nobody has to look for
 * them in the database. Whatever is lost from here is found there when its claim ends.
 */
export interface HandedNotifications {
  readonly isEmpty: boolean;
  /** A claim for notifications that are about to be recorded; undefined when too many wait already. */
  claim(): Claim | undefined;
  add(notifications: readonly Notification[], claim: Claim): void;
  /** Takes out the oldest, at most `limit`; leaves out those whose claim might end while they are sent. */
  take(limit: number): readonly Notification[];
}

export interface HandedNotificationsOptions {
  readonly clock: Clock;
  readonly token: string;
  /** How long sending a batch may take. */
  readonly claimMs: number;
  readonly maxWaiting?: number;
}

/** How long one may wait here before it is left to the database. */
const maxWaitMs = 5_000;

interface Handed {
  readonly notification: Notification;
  readonly until: Date;
}

export function createHandedNotifications(options: HandedNotificationsOptions): HandedNotifications {
  const { clock, token, claimMs, maxWaiting = 2_000 } = options;
  let waiting: Handed[] = [];

  return {
    get isEmpty() {
      return waiting.length === 0;
    },
    claim() {
      if (waiting.length >= maxWaiting) return undefined;
      return { token, until: new Date(clock.now().getTime() + maxWaitMs + claimMs) };
    },
    add(notifications, { until }) {
      for (const notification of notifications) waiting.push({ notification, until });
    },
    take(limit) {
      const latest = clock.now().getTime() + claimMs;
      const fresh = waiting.filter(({ until }) => until.getTime() >= latest);
      waiting = fresh.slice(limit);
      return fresh.slice(0, limit).map(({ notification }) => notification);
    },
  };
}
