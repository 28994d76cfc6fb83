import type { Job, JobRange } from '../jobs/job';

/** A part of the log, whole commits, that is verified and then served in parts. */
export type Export = Job<JobRange>;

/** Also the longest commit, of 5,000 events, is in a single part. */
const partEvents = 10_000;

/** How many parts there are; a single one, which says so, of nothing. */
export function countParts({ after, to }: JobRange): number {
  return Math.max(1, Math.ceil((to - after) / partEvents));
}

/** The commits of a part, from 1 on, are those that begin at one of its positions. */
export function rangeOfPart({ after, to }: JobRange, part: number): JobRange {
  const begin = after + (part - 1) * partEvents;
  return { after: begin, to: Math.min(begin + partEvents, to) };
}
