import { HttpProblem } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import type { JobRange } from './jobs/job';
import { lastBefore } from './read-range';

export interface AskedRange {
  /** Times of recording. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly from_position?: number | undefined;
  readonly to_position?: number | undefined;
}

/** What lies within the times and the positions that are given. Throws `HttpProblem` 400 for less than nothing. */
export async function findRange(log: Pick<EventLog, 'head' | 'read'>, asked: AskedRange): Promise<JobRange> {
  const { from, to, from_position: fromPosition = 0, to_position: toPosition = Infinity } = asked;
  const head = await log.head();
  const after = Math.max(fromPosition, from ? await lastBefore(log, from) : 0);
  const last = Math.min(toPosition, head, to ? await lastBefore(log, to) : head);
  if ((from && to && from > to) || fromPosition > toPosition)
    throw new HttpProblem(400, 'it would end before it begins');
  return { after, to: Math.max(after, last) };
}
