import { AppError } from '@fanfare/core';
import { pageQuery, toPage } from '@fanfare/service-kit';
import type { z } from 'zod';
import type { Job, JobRange } from './job';
import type { JobStore } from './job-store';

export const jobPageQuery = pageQuery({}, /^[\da-f-]{36}$/);

/** A page of jobs, in the order in which they were begun. */
export async function listJobs<Request extends JobRange>(
  store: Pick<JobStore<Request>, 'list'>,
  { cursor: afterId, order, limit, offset = 0 }: z.output<typeof jobPageQuery>,
): Promise<{ readonly items: readonly Job<Request>[]; readonly nextCursor: string | null }> {
  const found = await store.list({ afterId, order, limit: limit + 1, offset });
  return toPage(found, limit, ({ id }) => id);
}

/** Throws `not_found`, in which the job is called `what`. */
export async function findJob<Request extends JobRange>(
  store: Pick<JobStore<Request>, 'find'>,
  id: string,
  what: string,
): Promise<Job<Request>> {
  const found = await store.find(id);
  if (!found) throw new AppError('not_found', `there is no ${what} ${id}`);
  return found;
}
