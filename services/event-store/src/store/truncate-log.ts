import type { EventLog, Truncation } from '@fanfare/storage';
import { lastBefore } from './read-range';

export interface TruncateLogDeps {
  readonly log: Pick<EventLog, 'head' | 'read' | 'readChain' | 'truncate'>;
  /** Keeps what the streams came to whose events before `position` will go. */
  readonly snapshotBeforeTruncation: (position: number) => Promise<unknown>;
  /** Takes the events before `position` out of the counts. */
  readonly uncountBefore: (position: number) => Promise<void>;
}

/** About so many go together. More than the longest commit has, so that each step gets on. */
const stepEvents = 10_000;

/**
 * Removes the events that were recorded before a time, step by step, the oldest first; the last commit of the log always stays.
 * After each step, and wherever one is cut short, the log is whole and can be written to, and the next attempt goes on there.
 */
export function createTruncateLog({ log, snapshotBeforeTruncation, uncountBefore }: TruncateLogDeps) {
  return async function truncateLog(before: Date): Promise<Truncation> {
    const position = (await lastBefore(log, before)) + 1;
    const goal = await beginOfCommit(Math.min(position, await log.head()));
    let deletedEvents = 0;
    for (;;) {
      const firstKept = await endOfStep(goal);
      await snapshotBeforeTruncation(firstKept);
      await uncountBefore(firstKept);
      const truncation = await log.truncate(firstKept);
      deletedEvents += truncation.deletedEvents;
      if (firstKept === goal) return { ...truncation, deletedEvents };
    }
  };

  /** From where on the log stays for now. */
  async function endOfStep(goal: number): Promise<number> {
    const end = (await beginOfCommit(1)) + stepEvents;
    return end < goal ? beginOfCommit(end) : goal;
  }

  /** Of the commit that holds the position, else of the next. */
  async function beginOfCommit(position: number): Promise<number> {
    const [commit] = await log.readChain(position, 1);
    return commit?.position ?? position;
  }
}
