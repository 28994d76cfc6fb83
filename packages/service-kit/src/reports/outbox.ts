import type { CloudEvent } from '@fanfare/contracts';
import { createWakeUp, isPassing, type Clock } from '@fanfare/core';
import type { TopicLog } from '@fanfare/messaging';
import { groupCommit, type Database } from '@fanfare/storage';
import type { Worker } from '../hosting/service';

export interface OutboxDeps {
  readonly database: Pick<Database, 'transact'>;
  readonly topicLog: Pick<TopicLog, 'append' | 'topic'>;
  readonly clock: Clock;
  /** Told of each event that is given up. */
  readonly onLost: (event: CloudEvent, error: unknown) => void;
}

/** The way of reports into the service's topic log: one that never fails whoever reports. */
export interface Outbox {
  /**
   * Resolves when the event is durable. When the database is away or slow it is kept in memory for the worker, and whoever
   * reports goes on; what the database refuses for good, and what memory has no room for, is lost. Never rejects.
   */
  readonly write: (event: CloudEvent) => Promise<void>;
  /** Writes what is kept as soon as the database takes it. */
  readonly worker: Worker;
}

/** So many events are under way or kept: with the bound on each of them, some ten megabytes. */
const maxWaiting = 1_000;
/** Nobody waits longer for a report of his than this. */
const patienceMs = 1_000;
const retryEveryMs = 1_000;

type Outcome = 'written' | 'refused' | 'away';

/** Concurrent reports share a transaction. */
export function createOutbox({ database, topicLog, clock, onLost }: OutboxDeps): Outbox {
  const transact = groupCommit(database, { maxWaiting });
  const wakeUp = createWakeUp(clock);
  const kept: CloudEvent[] = [];

  async function tryToWrite(event: CloudEvent): Promise<Outcome> {
    try {
      await transact(async (tx) => {
        topicLog.append(tx, [event]);
      });
      return 'written';
    } catch (error) {
      // a lock that others hold passes as an outage does
      if (isPassing(error)) return 'away';
      onLost(event, error);
      return 'refused';
    }
  }

  function keep(event: CloudEvent): void {
    if (kept.length >= maxWaiting) {
      onLost(event, new Error('too many reports wait for the database'));
      return;
    }
    kept.push(event);
    wakeUp.wake();
  }

  /** Whether the database took, or refused for good, all that was kept. */
  async function writeKept(): Promise<boolean> {
    while (kept.length > 0) {
      const outcomes = await Promise.all(kept.map(tryToWrite));
      const left = kept.splice(0, outcomes.length).filter((_, index) => outcomes[index] === 'away');
      kept.unshift(...left);
      if (left.length > 0) return false;
    }
    return true;
  }

  return {
    async write(event) {
      if (kept.length > 0) {
        keep(event);
        return;
      }
      await new Promise<void>((resolve) => {
        const patience = clock.setTimer(patienceMs, resolve);
        void tryToWrite(event).then((outcome) => {
          if (outcome === 'away') keep(event);
          patience.cancel();
          resolve();
        });
      });
    },
    worker: {
      name: `reports:${topicLog.topic}`,
      async run(signal) {
        while (!signal.aborted) {
          const isDone = await writeKept();
          if (isDone) await wakeUp.wait(3_600_000, signal);
          else await clock.sleep(retryEveryMs, signal);
        }
        if (await writeKept()) return;
        for (const event of kept.splice(0)) onLost(event, new Error('the service stopped'));
      },
    },
  };
}
