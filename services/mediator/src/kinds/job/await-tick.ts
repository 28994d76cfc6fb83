import type { Transaction } from '@fanfare/storage';
import type { PartDeps } from '../../part';
import type { Job } from './job';

/** Kind of the timers of jobs. */
export const tickTimer = 'job';

/** Has a job wait for its next tick, or for none; durable with the transaction. */
export type AwaitTick = (tx: Transaction, mediatorKey: number, job: Pick<Job, 'id' | 'nextRun'>) => void;

export function createAwaitTick({ timers }: Pick<PartDeps, 'timers'>): AwaitTick {
  return function awaitTick(tx, mediatorKey, { id, nextRun }) {
    const timer = { kind: tickTimer, mediatorKey, id };
    if (nextRun) timers.set(tx, { ...timer, dueAt: nextRun });
    else timers.cancel(tx, timer);
  };
}
