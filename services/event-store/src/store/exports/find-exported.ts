import type { EventLog } from '@fanfare/storage';
import { findRange, type AskedRange } from '../find-range';
import type { JobRange } from '../jobs/job';

/** The whole commits that hold what is asked for, as far as they are still there. */
export async function findExported(
  log: Pick<EventLog, 'head' | 'read' | 'readChain'>,
  asked: AskedRange,
): Promise<JobRange> {
  const range = await findRange(log, asked);
  if (range.after >= range.to) return range;
  const [first] = await log.readChain(range.after + 1, 1);
  const [last] = await log.readChain(range.to, 1);
  // never none: the last commit of a log always stays
  if (!first || !last) return range;
  return { after: first.position - 1, to: last.position - 1 + last.events.length };
}

/** Whether nothing behind this position, which is the end of a commit or within one, was truncated. */
export async function isThereAfter(log: Pick<EventLog, 'readChain'>, position: number): Promise<boolean> {
  const [first] = await log.readChain(position + 1, 1);
  return first !== undefined && first.position <= position + 1;
}
