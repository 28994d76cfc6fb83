import type { Priority } from '../../messages/message';
import { refuse } from '../../problems';
import type { RetryPolicy } from '../../retry-policy';
import type { MissedPolicy } from './plan-ticks';
import type { Schedule } from './schedule';

export const jobTypes = ['scheduled', 'recurring', 'one-time', 'on-demand'] as const;
export const jobStatuses = ['pending', 'paused', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** What becomes of a run that would begin before the one before has ended. */
export const overlapPolicies = ['skip', 'allow'] as const;

/** What a job is from its creation on. */
export interface JobSettings {
  /** The type of its commands. */
  readonly name: string;
  readonly schedule: Schedule;
  readonly data: unknown;
  /** −100 to 100. */
  readonly priority: number;
  readonly handlerId: string | null;
  /** Of one try. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly missed: MissedPolicy;
  readonly overlap: (typeof overlapPolicies)[number];
  readonly uniqueKey: string | null;
}

export interface Job extends JobSettings {
  readonly id: string;
  /** Places it among all, the oldest first. */
  readonly orderKey: string;
  readonly status: JobStatus;
  /** The tick that is waited for. */
  readonly nextRun: Date | null;
  /** When a run began last. */
  readonly lastRun: Date | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

const nextStatuses: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  pending: ['paused', 'completed', 'failed', 'cancelled'],
  // the last run of a job that ticks once may have begun before the pause
  paused: ['pending', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

/**
 * Returns the job in its new status, in which it waits for no tick yet; the same job when that is its status already.
 * Throws `illegal-transition`.
 */
export function changeStatus(job: Job, status: JobStatus, at: Date): Job {
  if (job.status === status) return job;
  if (!nextStatuses[job.status].includes(status)) {
    throw refuse('illegal-transition', `job ${job.id} is ${job.status} and cannot become ${status}`);
  }
  return { ...job, status, nextRun: null, endedAt: isOpen(status) ? null : at };
}

/** Whether a job may still run. */
export function isOpen(status: JobStatus): boolean {
  return nextStatuses[status].length > 0;
}

/** The place of its commands in the mailbox, which knows four. */
export function toMessagePriority(priority: number): Priority {
  if (priority < 0) return 'low';
  if (priority === 0) return 'normal';
  return priority <= 50 ? 'high' : 'urgent';
}
