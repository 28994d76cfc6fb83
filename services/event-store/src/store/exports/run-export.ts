import { PermanentError } from '@fanfare/core';
import type { EventLog, Verification } from '@fanfare/storage';
import type { Checkpoints } from '../checkpoints';
import type { JobRange } from '../jobs/job';
import type { ClaimedJob, JobStore } from '../jobs/job-store';
import { isThereAfter } from './find-exported';

export interface RunExportDeps {
  readonly log: Pick<EventLog, 'readChain' | 'verify'>;
  readonly checkpoints: Pick<Checkpoints, 'sign'>;
  readonly store: Pick<JobStore<JobRange>, 'save' | 'end'>;
}

/** Progress is written after about so many events. */
const stepEvents = 5_000;
const nothing = () => Promise.resolve();

/**
 * Proves the chain of an export step by step, or goes on where that ended, until `signal` aborts or it is somebody else's.
 * Throws `PermanentError` for what cannot be exported.
 */
export async function runExport(
  { log, checkpoints, store }: RunExportDeps,
  job: ClaimedJob<JobRange>,
  signal: AbortSignal,
): Promise<void> {
  const { after, to } = job.request;
  let progress = { ...job.progress, total: to - after };
  // its end shall be signed, unless more comes meanwhile
  if (progress.position === after) await checkpoints.sign();
  while (progress.position < to) {
    const upTo = Math.min(progress.position + stepEvents, to);
    const verification = await log.verify({ from: progress.position + 1, to: upTo, signal });
    if (signal.aborted) return;
    const position = provenUpTo(verification, progress.position);
    progress = { ...progress, position, processed: position - after };
    if (!(await store.save(job, progress, nothing))) return;
  }
  if (after < to && !(await isThereAfter(log, after)))
    throw new PermanentError('the log was truncated meanwhile');
  await store.end(job, progress, 'done', nothing);
}

function provenUpTo({ headPosition, ...found }: Verification, before: number): number {
  if (!found.valid) throw new PermanentError(`position ${found.firstInvalidPosition}: ${found.reason}`);
  if (found.firstUnopenedPosition !== undefined)
    throw new PermanentError(`position ${found.firstUnopenedPosition}: the key of the data is not there`);
  if (headPosition <= before) throw new PermanentError('the log has lost its end');
  return headPosition;
}
