import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import { requireSize } from '../../message-size';
import type { PartDeps } from '../../part';
import { refuse } from '../../problems';
import { enterTask, type TaskAddress } from './find-task';
import type { FollowTask } from './follow-task';
import { complete, fail, renew, type Renewal, type Task } from './task';

/** How whoever claimed a task shows that it holds it. */
export interface TaskClaim extends TaskAddress {
  readonly token: number;
  readonly trace: TraceContext;
  /** Throws when the caller may not act for the colleague whose claim the token is. */
  readonly requireHolder?: (colleagueId: string | null) => void;
}

/** What holders do with their tasks, in the transaction of the caller. All throw `stale-token` for who holds it no more. */
export interface HoldTask {
  /** Holds it for longer, from now. */
  renew(tx: Transaction, claim: TaskClaim, renewal: Omit<Renewal, 'token'>): Promise<Task>;
  /** Throws `too-large`. */
  complete(tx: Transaction, claim: TaskClaim, result: unknown): Promise<Task>;
  fail(tx: Transaction, claim: TaskClaim, error: Failure): Promise<Task>;
}

type HoldTaskDeps = Pick<PartDeps, 'config' | 'directory' | 'clock' | 'random'> & {
  readonly followTask: Pick<FollowTask, 'save'>;
};

export function createHoldTask({ config, directory, clock, random, followTask }: HoldTaskDeps): HoldTask {
  async function change(
    tx: Transaction,
    claim: TaskClaim,
    decide: (task: Task, now: Date) => Task | null,
  ): Promise<Task> {
    const held = await enterTask(tx, directory, claim);
    if (held.task.token !== claim.token) throw staleToken(claim);
    claim.requireHolder?.(held.task.colleagueId ?? held.task.lastHolderId);
    const changed = decide(held.task, clock.now());
    if (changed) return followTask.save(tx, held, changed, claim.trace);
    throw staleToken(claim);
  }

  return {
    renew: (tx, claim, renewal) =>
      change(tx, claim, (task, now) => renew(task, { ...renewal, token: claim.token }, now)),
    async complete(tx, claim, result) {
      requireSize(result, config.maxMessageBytes, 'result');
      return change(tx, claim, (task, now) => complete(task, { token: claim.token, result }, now));
    },
    fail: (tx, claim, error) =>
      change(tx, claim, (task, now) => fail(task, { token: claim.token, error }, { now, random })),
  };
}

function staleToken({ id, token }: TaskClaim) {
  return refuse('stale-token', `task ${id} is not held (any more) by token ${token}`);
}
