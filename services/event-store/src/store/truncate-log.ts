import type { EventLog } from '@fanfare/storage';
import { lastBefore } from './read-range';

export interface TruncateLogDeps {
  readonly log: Pick<EventLog, 'head' | 'read' | 'readChain' | 'truncate'>;
  /** Keeps what the streams came to whose events before `position` will go. */
  readonly snapshotBeforeTruncation: (position: number) => Promise<unknown>;
  /** Takes the events before `position` out of the counts. */
  readonly uncountBefore: (position: number) => Promise<void>;
}

/**
 * Removes the events that were recorded before a time; the last commit of the log always stays. Every step before the last
 * can be repeated, so that an attempt that was cut short is finished by the next one.
 */
export function createTruncateLog({ log, snapshotBeforeTruncation, uncountBefore }: TruncateLogDeps) {
  return async function truncateLog(before: Date) {
    const position = (await lastBefore(log, before)) + 1;
    const firstKept = await beginOfCommit(Math.min(position, await log.head()));
    await snapshotBeforeTruncation(firstKept);
    await uncountBefore(firstKept);
    return log.truncate(firstKept);
  };

  async function beginOfCommit(position: number): Promise<number> {
    const [commit] = await log.readChain(position, 1);
    return commit?.position ?? position;
  }
}
