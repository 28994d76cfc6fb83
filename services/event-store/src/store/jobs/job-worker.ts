import { PermanentError, createWakeUp, keepTrying, type Clock } from '@fanfare/core';
import type { Logger, Worker } from '@fanfare/service-kit';
import type { JobRange } from './job';
import type { ClaimedJob, JobStore } from './job-store';

export interface JobWorkerDeps<Request extends JobRange> {
  /** What the jobs are called. */
  readonly name: string;
  readonly store: JobStore<Request>;
  /**
   * Goes on with a job until it has ended, it is somebody else's or `signal` aborts. Throws `PermanentError` when it cannot be
   * run any more.
   */
  readonly run: (job: ClaimedJob<Request>, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Told when the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

export interface JobWorker extends Worker {
  /** Looks at once for what is to be begun or ended. */
  readonly wake: () => void;
}

const maxRunning = 4;
/** What other instances change, and leave when they die, is looked for so often. */
const lookEveryMs = 2_000;
const tryAgainAfterMs = 5_000;

interface Running {
  readonly fence: number;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Runs the jobs of a kind that nobody else runs, several at a time. */
export function createJobWorker<Request extends JobRange>(deps: JobWorkerDeps<Request>): JobWorker {
  const { name, store, clock, onFailure } = deps;
  const owner = deps.newId();
  const wakeUp = createWakeUp(clock);
  const running = new Map<string, Running>();

  function start(job: ClaimedJob<Request>): void {
    const stop = new AbortController();
    const ended = runClaimed(deps, job, stop.signal).finally(() => {
      if (running.get(job.id)?.fence === job.fence) running.delete(job.id);
      wakeUp.wake();
    });
    running.set(job.id, { fence: job.fence, stop, ended });
  }

  async function lookOnce(): Promise<void> {
    const held = new Map((await store.renew(owner)).map(({ id, fence }) => [id, fence]));
    for (const [id, { fence, stop }] of running) if (held.get(id) !== fence) stop.abort();
    const room = maxRunning - running.size;
    if (room > 0) for (const job of await store.claim(owner, room)) start(job);
  }

  return {
    name,
    wake: wakeUp.wake,
    async run(signal) {
      while (!signal.aborted) {
        await keepTrying(lookOnce, { clock, signal, onFailure });
        await wakeUp.wait(lookEveryMs, signal);
      }
      for (const { stop } of running.values()) stop.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/** Never rejects. */
async function runClaimed<Request extends JobRange>(
  { name, store, run, logger }: JobWorkerDeps<Request>,
  job: ClaimedJob<Request>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await run(job, signal);
    await store.release(job);
  } catch (error) {
    logger.warn({ err: error, job: job.id }, `one of the ${name} was interrupted`);
    await giveBack(store, job, error).catch(() => undefined);
  }
}

/** What is away comes back; what can never be done would only fail again. */
async function giveBack<Request extends JobRange>(
  store: JobStore<Request>,
  job: ClaimedJob<Request>,
  error: unknown,
): Promise<void> {
  if (!(error instanceof PermanentError)) return store.release(job, tryAgainAfterMs);
  const { progress } = (await store.find(job.id)) ?? job;
  await store.end(job, { ...progress, lastError: error.message }, 'failed', () => Promise.resolve());
}
