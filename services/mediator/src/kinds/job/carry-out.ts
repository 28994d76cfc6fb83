import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import { failures } from '../../mailbox/failures';
import type { PartDeps } from '../../part';
import type { WorkOutcome } from '../../work/work';
import type { EndJob, HeldJob } from './end-job';
import { isOpen, toMessagePriority, type Job } from './job';
import { beginTry, completeRun, failRun, failTry, isLastRun, type JobRun } from './job-run';
import { jobStore } from './job-store';
import { runStore } from './run-store';

/** Name of the source of work, for the mailbox. */
export const jobSource = 'job';
/** Kind of the timers of runs: when a try ends, or the next one begins. */
export const runTimer = 'job-run';

export interface BeginRun {
  readonly id: string;
  readonly scheduledFor: Date;
  readonly trace: TraceContext;
  readonly data?: unknown;
  readonly requestHash?: string;
}

/** Has runs done: gives them out, counts the tries, keeps the time, ends them. */
export interface CarryOut {
  /** Begins a run, or records that it is skipped because it would overlap another. */
  begin(tx: Transaction, held: HeldJob, run: BeginRun): Promise<JobRun>;
  /** Does what is due by now with a run that is open. */
  goOn(tx: Transaction, held: HeldJob, run: JobRun): Promise<void>;
  /** Takes what became of a try: the run is completed, tried again later, or failed. */
  hear(tx: Transaction, held: HeldJob, run: JobRun, outcome: WorkOutcome): Promise<void>;
  /** Fails all that are open, for a reason that no other try changes. */
  failAll(tx: Transaction, held: HeldJob, error: Failure): Promise<void>;
}

type CarryOutDeps = Pick<PartDeps, 'work' | 'timers' | 'clock' | 'random' | 'newId'> & {
  readonly endJob: Pick<EndJob, 'end'>;
};

export function createCarryOut({ work, timers, clock, random, newId, endJob }: CarryOutDeps): CarryOut {
  /** Gives out a try; where nobody is there for it, it has failed. */
  async function tryOnce(tx: Transaction, { entry, job }: HeldJob, run: JobRun): Promise<JobRun> {
    const now = clock.now();
    const deadline = new Date(now.getTime() + job.timeoutMs);
    const tried = beginTry(run, deadline);
    const error = await work.giveOut(tx, {
      entry,
      isAgain: run.attempts > 0,
      id: run.id,
      source: jobSource,
      ref: job.id,
      kind: 'command',
      type: job.name,
      data: 'data' in run ? run.data : job.data,
      handlerId: job.handlerId ?? undefined,
      priority: toMessagePriority(job.priority),
      deadline,
      timeoutMs: job.timeoutMs,
      trace: run.trace,
    });
    return error ? failTry(tried, { error, retry: job.retry, at: now, random }) : tried;
  }

  /** Keeps the time of a run as it is now; with the last run of a job that has ended, the job ends. */
  async function follow(tx: Transaction, { entry, job }: HeldJob, run: JobRun): Promise<void> {
    const { key: mediatorKey } = entry.mediator;
    const timer = { kind: runTimer, mediatorKey, id: run.id };
    if (run.due) {
      timers.set(tx, { ...timer, dueAt: run.due.at });
      return;
    }
    timers.cancel(tx, timer);
    if (run.status === 'failed') await work.withdraw(tx, mediatorKey, [run.id]);
    if (!isLastRun(job, run) || !isOpen(job.status)) return;
    const { error, trace } = run;
    const end = error ? { status: 'failed' as const, error } : { status: 'completed' as const };
    await endJob.end(tx, { entry, job }, { ...end, trace });
  }

  async function change(tx: Transaction, held: HeldJob, run: JobRun): Promise<void> {
    await runStore.save(tx, held.entry.mediator.key, run);
    await follow(tx, held, run);
  }

  const fail = (tx: Transaction, held: HeldJob, run: JobRun, error: Failure) =>
    change(tx, held, failTry(run, { error, retry: held.job.retry, at: clock.now(), random }));

  return {
    async begin(tx, { entry, job }, { requestHash = null, ...begun }) {
      const { key } = entry.mediator;
      const now = clock.now();
      const fresh: JobRun = {
        ...begun,
        jobId: job.id,
        orderKey: newId(),
        status: 'running',
        attempts: 0,
        due: null,
        result: null,
        error: null,
        startedAt: now,
        endedAt: null,
      };
      if (await overlaps(tx, key, job)) {
        const skipped: JobRun = { ...fresh, status: 'skipped', endedAt: now };
        await runStore.insert(tx, key, { object: skipped, requestHash });
        return skipped;
      }
      const held = { entry, job: { ...job, lastRun: now } };
      await jobStore.save(tx, key, held.job);
      const run = await tryOnce(tx, held, fresh);
      await runStore.insert(tx, key, { object: run, requestHash });
      await follow(tx, held, run);
      return run;
    },

    async goOn(tx, held, run) {
      if (run.due && run.due.at > clock.now()) await follow(tx, held, run);
      else if (run.due?.waitsFor === 'answer') await fail(tx, held, run, failures.timeout);
      else await change(tx, held, await tryOnce(tx, held, run));
    },

    async hear(tx, held, run, outcome) {
      if (outcome.status === 'failed') await fail(tx, held, run, outcome.error);
      else await change(tx, held, completeRun(run, outcome.result, clock.now()));
    },

    async failAll(tx, held, error) {
      for (const run of await runStore.running(tx.queries, held.entry.mediator.key, held.job.id)) {
        await change(tx, held, failRun(run, error, clock.now()));
      }
    },
  };
}

async function overlaps(tx: Transaction, mediatorKey: number, job: Job): Promise<boolean> {
  if (job.overlap === 'allow' || job.schedule.type === 'one-time') return false;
  return (await runStore.running(tx.queries, mediatorKey, job.id)).length > 0;
}
