import type { Observer } from '../../observers/observer';
import type { Findings, Job, JobRange } from '../jobs/job';

/** What the service keeps of the log and can make anew from it. */
export const projections = ['event_counts'] as const;
export type Projection = (typeof projections)[number];

/** What an observer might want instead of what it wants now. */
export type Candidate = Pick<Observer, 'eventTypes' | 'filters' | 'transform'>;

export interface ReplayRequest extends JobRange {
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
}

/** The past once more. */
export type Replay = Job<ReplayRequest>;

export function addFindings(findings: Findings, more: Findings): Findings {
  const sums = { ...findings };
  for (const [name, amount] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + amount;
  return sums;
}
