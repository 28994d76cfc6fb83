import type { Queries, Transaction } from '@fanfare/storage';
import type { Directory } from '../../mediators/directory';
import { requireKind } from '../../mediators/require-kind';
import { refuse } from '../../problems';
import type { HeldJob } from './end-job';
import type { Job } from './job';
import { jobStore } from './job-store';

/** How callers name a job. */
export interface JobAddress {
  readonly mediator: string;
  readonly id: string;
}

/** Locks a job. Throws `mediator-not-found`, `wrong-kind` or `not-found`. */
export async function enterJob(
  tx: Transaction,
  directory: Pick<Directory, 'enter'>,
  { mediator, id }: JobAddress,
): Promise<HeldJob> {
  const entry = await directory.enter(tx, mediator);
  requireKind(entry, 'job');
  const job = await jobStore.lock(tx, entry.mediator.key, id);
  if (!job) throw noSuchJob(id);
  return { entry, job };
}

/** Throws `mediator-not-found` or `wrong-kind`; returns the key of a mediator of jobs. */
export async function findJobMediator(directory: Pick<Directory, 'find'>, mediator: string): Promise<number> {
  const entry = await directory.find(mediator);
  requireKind(entry, 'job');
  return entry.mediator.key;
}

/** Throws `not-found`. */
export async function findJob(queries: Queries, mediatorKey: number, id: string): Promise<Job> {
  const found = await jobStore.find(queries, mediatorKey, id);
  if (!found) throw noSuchJob(id);
  return found.object;
}

function noSuchJob(id: string) {
  return refuse('not-found', `there is no job ${id}`);
}
