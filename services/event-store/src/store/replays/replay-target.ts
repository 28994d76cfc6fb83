import type { LogEvent, Transaction } from '@fanfare/storage';
import type { Findings } from '../jobs/job';

/** What events came to, to be written in the transaction that moves the replay on. */
export interface Effects {
  readonly findings: Findings;
  write(tx: Transaction): Promise<void>;
}

/** Some events that follow one another. */
export interface ReplayBatch {
  /** Takes the next event; answers what went wrong with it, or null when `signal` cut it short. */
  take(logged: LogEvent, signal: AbortSignal): Promise<readonly string[] | null>;
  effects(): Effects;
}

/** Where the events of a replay go. */
export interface ReplayTarget {
  concerns(logged: LogEvent): boolean;
  /** `findings` are those of the batches before it. */
  beginBatch(findings: Findings): ReplayBatch;
  /** What remains to be done when all events were taken. */
  finish(findings: Findings): Promise<Effects>;
}

export const noEffects: Effects = { findings: {}, write: () => Promise.resolve() };
