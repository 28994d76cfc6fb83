import type { JobState } from './jobs/job';

/** A job and who runs it. */
export type JobRow = {
  id: string;
  state: JobState;
  request: string;
  position: number;
  total: number | null;
  processed: number;
  errors: number;
  last_error: string | null;
  findings: string;
  started_at: number;
  ended_at: number | null;
  owner: string;
  lease_until: number;
  fence: number;
};

export type JobTable = 'replays' | 'log_exports';

/** The tables of this part; see `migrations/0004-replays.sql` and `0008-log-exports.sql`. Times are milliseconds since 1970. */
export type StoreTables = {
  log_counts: {
    generation: string;
    kind: 'event' | 'aggregate';
    type_hash: string;
    type: string;
    amount: number;
  };
  log_counts_state: {
    id: number;
    generation: string;
    position: number;
    counted_after: number;
    created_at: number;
    updated_at: number;
  };
  replays: JobRow;
  log_exports: JobRow;
  replay_differences: {
    replay_id: string;
    place: number;
    kind: string;
    subject: string | null;
    difference: string;
  };
};
