/** `failed`: it could not go on, whatever was tried. */
export type JobState = 'running' | 'paused' | 'cancelled' | 'done' | 'failed';

/** What a job goes through. */
export interface JobRange {
  /** Exclusive. */
  readonly after: number;
  /** Included. */
  readonly to: number;
}

/** Counts of what was found, by their names in a report. */
export type Findings = Readonly<Record<string, number>>;

export interface JobProgress {
  /** Everything up to here is done. */
  readonly position: number;
  /** How many events it concerns; null until they were counted. */
  readonly total: number | null;
  readonly processed: number;
  readonly errors: number;
  readonly lastError: string | null;
  readonly findings: Findings;
}

/** Work on a part of the log that takes long, and survives whoever does it. */
export interface Job<Request extends JobRange> {
  readonly id: string;
  readonly state: JobState;
  readonly request: Request;
  readonly progress: JobProgress;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** What has ended can be read for 30 days. */
export const keptMs = 30 * 24 * 3_600_000;

/** A job that nobody has begun to run. */
export function newJob<Request extends JobRange>(
  id: string,
  request: Request,
  startedAt: Date,
): Job<Request> {
  return { id, state: 'running', request, progress: noProgress(request), startedAt, endedAt: null };
}

/** The progress of a job that has not begun. */
export function noProgress({ after }: JobRange): JobProgress {
  return { position: after, total: null, processed: 0, errors: 0, lastError: null, findings: {} };
}
