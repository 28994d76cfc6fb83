import type { Failure } from '../../failure';
import { refuse } from '../../problems';
import { nextTryAt, type RetryPolicy } from '../../retry-policy';

/** See the contract, §9, "States". */
export const taskStatuses = ['blocked', 'pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** What a task is from its creation on. */
export interface TaskSettings {
  readonly name: string;
  readonly type: string | null;
  /** −100 to 100. */
  readonly priority: number;
  readonly data: unknown;
  /** Ids of tasks that have to be completed first. */
  readonly dependencies: readonly string[];
  readonly retry: RetryPolicy;
  /** The only colleague that may claim it. */
  readonly handlerId: string | null;
  readonly uniqueKey: string | null;
  readonly concurrencyKey: string | null;
  /** So many of its concurrency key may run, this one included. */
  readonly concurrency: number;
  readonly estimatedTime: number | null;
}

/** A piece of work that colleagues claim, one at a time. */
export interface Task extends TaskSettings {
  readonly id: string;
  /** Places it among all, the oldest first. */
  readonly orderKey: string;
  readonly status: TaskStatus;
  /** Its place among those that wait to be claimed, the least first. */
  readonly turn: number;
  /** Of a pending task: it is not claimed before. */
  readonly availableAt: Date | null;
  /** Tries that have begun, but for those that cost nothing. */
  readonly attempts: number;
  readonly progress: number;
  readonly result: unknown;
  /** Of the last try that failed. */
  readonly error: Failure | null;
  /** Who holds it, or has completed it. */
  readonly colleagueId: string | null;
  /** Whose claim the token is, also when the try has ended. */
  readonly lastHolderId: string | null;
  /** Grows with every claim, so that whatever the task works on can refuse a former holder. */
  readonly token: number;
  /** How whoever had the token said that its try ended, to know the same call again. */
  readonly answer: 'completed' | 'failed' | null;
  readonly lease: { readonly ms: number; readonly until: Date } | null;
  /** When it was claimed first. */
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** What a decision needs to know of the world. */
export interface Moment {
  readonly now: Date;
  /** The priority of a waiting task rises by one in this time. */
  readonly agingMs: number;
}

/** A task that another one waits for. */
export type Dependency = Pick<Task, 'id' | 'status'>;

const leaseExpired: Failure = {
  code: 'lease-expired',
  message: 'nobody has completed it in the time for which it was claimed',
  retryable: true,
};

/** Whether anything may still become of it by itself or by a worker. */
export function isOpen({ status }: Pick<Task, 'status'>): boolean {
  return status === 'blocked' || status === 'pending' || status === 'running';
}

/** A task as it begins, for `admit` to say in which status. */
export function newTask(settings: TaskSettings, named: Pick<Task, 'id' | 'orderKey'>): Task {
  return {
    ...settings,
    ...named,
    status: 'blocked',
    turn: 0,
    availableAt: null,
    attempts: 0,
    progress: 0,
    token: 0,
    result: null,
    error: null,
    colleagueId: null,
    lastHolderId: null,
    answer: null,
    lease: null,
    startedAt: null,
    endedAt: null,
  };
}

/** Lets a blocked task in when all that it waits for is completed, and fails it when something of that never will be. */
export function admit(task: Task, dependencies: readonly Dependency[], { now, agingMs }: Moment): Task {
  const lost = dependencies.find((one) => one.status === 'failed' || one.status === 'cancelled');
  if (lost) {
    const message = `task ${lost.id}, which has to be completed first, is ${lost.status}`;
    const error = { code: 'dependency-failed', message, retryable: false };
    return { ...task, status: 'failed', error, endedAt: now };
  }
  if (dependencies.some(({ status }) => status !== 'completed')) return task;
  return { ...task, status: 'pending', turn: findTurn(task.priority, { now, agingMs }), availableAt: now };
}

/**
 * The turn of a task that begins to wait. All that wait rise alike, so who is before whom never changes: a task that has
 * waited for `agingMs` longer is as far as one whose priority is greater by one.
 */
function findTurn(priority: number, { now, agingMs }: Moment): number {
  return now.getTime() - priority * agingMs;
}

export interface Claim {
  readonly colleagueId: string;
  readonly leaseMs: number;
}

/** The task in the hands of a colleague. Whoever calls has seen that it may be claimed. */
export function claim(task: Task, { colleagueId, leaseMs }: Claim, now: Date): Task {
  return {
    ...task,
    status: 'running',
    availableAt: null,
    colleagueId,
    answer: null,
    progress: 0,
    lastHolderId: colleagueId,
    attempts: task.attempts + 1,
    token: task.token + 1,
    lease: { ms: leaseMs, until: after(now, leaseMs) },
    startedAt: task.startedAt ?? now,
  };
}

export interface Renewal {
  readonly token: number;
  /** As long as before unless given. */
  readonly leaseMs?: number | undefined;
  readonly progress?: number | undefined;
}

/** The task held for longer, from `now`; null when whoever shows the token does not hold it (any more). */
export function renew(task: Task, renewal: Renewal, now: Date): Task | null {
  if (!task.lease || !isHeld(task, renewal.token, now)) return null;
  const { leaseMs: ms = task.lease.ms, progress = task.progress } = renewal;
  return { ...task, progress, lease: { ms, until: after(now, ms) } };
}

/** The task done, also when the same token has said so before; null as `renew`. */
export function complete(
  task: Task,
  { token, result }: { readonly token: number; readonly result: unknown },
  now: Date,
): Task | null {
  if (hasAnswered(task, token, 'completed')) return task;
  if (!isHeld(task, token, now)) return null;
  return {
    ...task,
    status: 'completed',
    answer: 'completed',
    progress: 100,
    result,
    error: null,
    lease: null,
    endedAt: now,
  };
}

/** When a try failed, and what the delay before the next one is drawn with. */
export interface TryEnd {
  readonly now: Date;
  readonly random: () => number;
}

/** The task after a try that its holder calls failed, also when the same token has said so before; null as `renew`. */
export function fail(
  task: Task,
  { token, error }: { readonly token: number; readonly error: Failure },
  end: TryEnd,
): Task | null {
  if (hasAnswered(task, token, 'failed')) return task;
  if (!isHeld(task, token, end.now)) return null;
  return { ...endTry(task, error, end), answer: 'failed' };
}

/** The task after its lease has run out; null while it lasts, and when nobody holds it. */
export function expire(task: Task, end: TryEnd): Task | null {
  if (!task.lease || task.lease.until > end.now) return null;
  return endTry(task, leaseExpired, end);
}

/** The task as if it had not been claimed, but for its token. */
export function free(task: Task, now: Date): Task {
  const attempts = task.attempts - 1;
  const startedAt = attempts === 0 ? null : task.startedAt;
  return { ...letGo(task), status: 'pending', availableAt: now, attempts, startedAt };
}

/** The task cancelled, also when it was before. Throws `illegal-transition`. */
export function cancel(task: Task, now: Date): Task {
  if (task.status === 'cancelled') return task;
  if (!isOpen(task)) throw refuseVerb(task, 'cancelled');
  return { ...letGo(task), status: 'cancelled', availableAt: null, endedAt: now };
}

/**
 * The task with all its tries before it, also when it waits already. Where something that it depends on has not been
 * completed it is blocked again. Throws `illegal-transition`, also when that will never be completed.
 */
export function retry(task: Task, dependencies: readonly Dependency[], moment: Moment): Task {
  if (task.status === 'pending' || task.status === 'blocked') return task;
  if (task.status !== 'failed' && task.status !== 'cancelled') throw refuseVerb(task, 'tried again');
  const { id, orderKey, token, lastHolderId, answer } = task;
  const fresh = { ...newTask(task, { id, orderKey }), token, lastHolderId, answer };
  const admitted = admit(fresh, dependencies, moment);
  if (admitted.error) {
    throw refuse('illegal-transition', `task ${id} cannot be tried again: ${admitted.error.message}`);
  }
  return admitted;
}

function isHeld(task: Task, token: number, now: Date): boolean {
  return task.lease !== null && task.token === token && task.lease.until > now;
}

function hasAnswered(task: Task, token: number, answer: Task['answer']): boolean {
  return task.token === token && task.answer === answer;
}

function endTry(task: Task, error: Failure, { now, random }: TryEnd): Task {
  const availableAt = nextTryAt({ error, retry: task.retry, at: now, random }, task.attempts);
  const left = { ...letGo(task), error };
  if (!availableAt) return { ...left, status: 'failed', endedAt: now };
  return { ...left, status: 'pending', availableAt };
}

function letGo(task: Task): Task {
  return { ...task, colleagueId: null, lease: null };
}

function after(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}

function refuseVerb({ id, status }: Task, participle: string) {
  return refuse('illegal-transition', `task ${id} is ${status} and cannot be ${participle}`);
}
