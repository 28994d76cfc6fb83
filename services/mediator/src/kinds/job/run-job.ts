import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import { createOnceIn, hashRequest, type Created } from '../../create-once';
import { requireSize } from '../../message-size';
import type { PartDeps } from '../../part';
import { refuse } from '../../problems';
import type { CarryOut } from './carry-out';
import type { HeldJob } from './end-job';
import { enterJob, type JobAddress } from './find-job';
import { isOpen } from './job';
import type { JobRun } from './job-run';
import type { NewRunBody } from './job-schemas';
import { runStore } from './run-store';

export interface RunJobRequest extends JobAddress {
  readonly body: NewRunBody;
  readonly trace: TraceContext;
}

/** Runs a job now, also a paused one; the same call again finds the run. Throws `illegal-transition` for one that has ended. */
export type RunJob = (tx: Transaction, request: RunJobRequest) => Promise<Created<JobRun>>;

type RunJobDeps = Pick<PartDeps, 'config' | 'directory' | 'clock' | 'newId'> & {
  readonly carryOut: Pick<CarryOut, 'begin'>;
};

export function createRunJob({ config, directory, clock, newId, carryOut }: RunJobDeps): RunJob {
  return async function runJob(tx, { body, trace, ...address }) {
    requireSize(body.data, config.maxMessageBytes, 'data');
    const held = await enterJob(tx, directory, address);
    const { id = newId(), data } = body;
    // the same body for another job is another call
    const requestHash = hashRequest({ ...body, job_id: address.id });
    return createOnceIn(tx, {
      noun: 'run',
      id,
      requestHash,
      async find() {
        const found = await runStore.find(tx.queries, held.entry.mediator.key, id);
        return found && { object: found.object, requestHash: found.requestHash ?? '' };
      },
      create() {
        requireOpen(held);
        const begun = { id, scheduledFor: clock.now(), trace, requestHash };
        return carryOut.begin(tx, held, data === undefined ? begun : { ...begun, data });
      },
    });
  };
}

function requireOpen({ job: { id, status } }: HeldJob): void {
  if (isOpen(status)) return;
  throw refuse('illegal-transition', `job ${id} is ${status} and runs no more`);
}
