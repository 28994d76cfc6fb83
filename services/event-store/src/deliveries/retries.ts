import { createWakeUp, type Clock } from '@fanfare/core';
import type { LogEvent } from '@fanfare/storage';
import type { Tail } from '../live/tail';
import type { Failure } from './failure';
import type { Effect } from './judge-outcome';
import type { ProgressStore } from './progress-store';
import { isAborted, type Outcome } from './outcome';
import type { Attempt } from './sender';

/** Tries again what failed, when its time has come, and then what waits behind it. */
export interface Retries {
  run(stopping: AbortSignal): Promise<void>;
  /** Tells it that something has failed or was cleared. */
  wake(): void;
}

export interface RetriesOptions {
  readonly observerId: string;
  readonly store: Pick<ProgressStore, 'dueKeys' | 'openFailures' | 'nextRetryAt'>;
  readonly tail: Pick<Tail, 'find'>;
  readonly clock: Clock;
  /** In the lane of an order key, as soon as there is room. */
  readonly runInLane: (orderKey: string, work: () => Promise<void>) => Promise<void>;
  readonly send: (attempts: readonly Attempt[]) => Promise<readonly Outcome[]>;
  readonly judge: (logged: LogEvent, before: Failure, outcome: Outcome) => Effect;
  readonly note: (effect: Effect) => void;
  readonly isOpen: (failure: Failure) => boolean;
  /** Until when an event is not to be sent, though it would be tried; null when it is. */
  readonly heldUntil: (logged: LogEvent) => Date | null;
  /** Whether a later event comes in its place, which may not be written down yet. */
  readonly isSuperseded: (position: number) => boolean;
  /** Writes down what was noted. */
  readonly flush: () => Promise<void>;
}

const pageSize = 100;
const idleMs = 60_000;

export function createRetries(options: RetriesOptions): Retries {
  const { observerId, store, tail, clock, runInLane, send, judge, note, isOpen, flush } = options;
  const { heldUntil, isSuperseded } = options;
  const wakeUp = createWakeUp(clock);

  /** Returns whether later events of the subject may go on. */
  async function retry(failure: Failure): Promise<boolean> {
    const { position, orderKey } = failure;
    const logged = await readEvent(tail, failure);
    if (!logged) {
      // truncated meanwhile: nobody can have it any more
      note({ position, orderKey, before: failure });
      return true;
    }
    const nextAttemptAt = heldUntil(logged);
    if (nextAttemptAt) {
      note({ position, orderKey, before: failure, after: { ...failure, state: 'retry', nextAttemptAt } });
      return false;
    }
    const [outcome] = await send([{ logged, attempt: failure.attempts + 1 }]);
    if (!outcome || isAborted(outcome)) return false;
    const effect = judge(logged, failure, outcome);
    note(effect);
    return !effect.after || !isOpen(effect.after);
  }

  async function drain(orderKey: string): Promise<void> {
    for (const failure of await store.openFailures(observerId, orderKey, pageSize)) {
      if (isSuperseded(failure.position)) continue;
      const isDue = failure.nextAttemptAt === null || failure.nextAttemptAt <= clock.now();
      if (failure.state === 'dead' || !isDue || !(await retry(failure))) return;
    }
  }

  async function rest(stopping: AbortSignal): Promise<void> {
    const at = await store.nextRetryAt(observerId);
    const untilMs = at ? at.getTime() - clock.now().getTime() : idleMs;
    if (untilMs > 0) await wakeUp.wait(Math.min(untilMs, idleMs), stopping);
  }

  return {
    wake: wakeUp.wake,
    async run(stopping) {
      while (!stopping.aborted) {
        const keys = await store.dueKeys(observerId, clock.now(), pageSize);
        await Promise.all(keys.map((key) => runInLane(key, () => drain(key))));
        await flush();
        await rest(stopping);
      }
    },
  };
}

/** The event as it is delivered: with the data that an operator gave it, if any. Null when the log has it no more. */
async function readEvent(
  tail: Pick<Tail, 'find'>,
  { position, editedData }: Pick<Failure, 'position' | 'editedData'>,
): Promise<LogEvent | null> {
  const logged = await tail.find(position);
  if (!logged || editedData === null || logged.isErased) return logged;
  return { ...logged, event: { ...logged.event, data: JSON.parse(editedData) as unknown } };
}
