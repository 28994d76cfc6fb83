import type { Observer } from '../../observers/observer';

/** `failed`: it could not go on, whatever was tried. */
export type ReplayState = 'running' | 'paused' | 'cancelled' | 'done' | 'failed';

/** What the service keeps of the log and can make anew from it. */
export const projections = ['event_counts'] as const;
export type Projection = (typeof projections)[number];

/** What an observer might want instead of what it wants now. */
export type Candidate = Pick<Observer, 'eventTypes' | 'filters' | 'transform'>;

export interface ReplayRequest {
  /** Null, where there is no projection and no candidate either, for all observers. */
  readonly observerId: string | null;
  readonly projection: Projection | null;
  /** Only of a shadow. */
  readonly candidate: Candidate | null;
  /** Nothing is delivered or changed: what would have been is compared with what is. */
  readonly isShadow: boolean;
  /** Types, names or patterns; null for all. */
  readonly types: readonly string[] | null;
  /** So many times as fast as it happened; 0 for as fast as possible. */
  readonly speed: number;
  /** Exclusive. */
  readonly after: number;
  /** Included. */
  readonly to: number;
}

/** Counts of what a shadow found, by their names in the report. */
export type Findings = Readonly<Record<string, number>>;

export interface ReplayProgress {
  /** Everything up to here is done. */
  readonly position: number;
  /** How many events it concerns; null until they were counted. */
  readonly total: number | null;
  readonly processed: number;
  readonly errors: number;
  readonly lastError: string | null;
  readonly findings: Findings;
}

/** The past once more, as a job that survives whoever runs it. */
export interface Replay {
  readonly id: string;
  readonly state: ReplayState;
  readonly request: ReplayRequest;
  readonly progress: ReplayProgress;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** The progress of a replay that has not begun. */
export function noProgress({ after }: ReplayRequest): ReplayProgress {
  return { position: after, total: null, processed: 0, errors: 0, lastError: null, findings: {} };
}

export function addFindings(findings: Findings, more: Findings): Findings {
  const sums = { ...findings };
  for (const [name, amount] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + amount;
  return sums;
}
