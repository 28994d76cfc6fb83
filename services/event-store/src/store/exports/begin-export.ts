import type { Clock } from '@fanfare/core';
import type { EventLog } from '@fanfare/storage';
import type { AskedRange } from '../find-range';
import { newJob, type JobRange } from '../jobs/job';
import type { JobStore } from '../jobs/job-store';
import type { Export } from './export';
import { findExported } from './find-exported';

export interface BeginExportDeps {
  readonly log: Pick<EventLog, 'head' | 'read' | 'readChain'>;
  readonly store: Pick<JobStore<JobRange>, 'insert'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
}

/** Notes an export for whoever runs it; what it holds is settled. */
export function createBeginExport({ log, store, clock, newId }: BeginExportDeps) {
  return async function beginExport(asked: AskedRange): Promise<Export> {
    const begun = newJob(newId(), await findExported(log, asked), clock.now());
    await store.insert(begun);
    return begun;
  };
}
