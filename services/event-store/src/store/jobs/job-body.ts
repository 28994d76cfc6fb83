import { z } from 'zod';
import { moment } from '../../events/time-parameters';
import type { Job, JobRange } from './job';

const position = z.int().min(0);

/** Says which part of the log is meant: positions behind `from_position`, up to and with `to_position`. */
export const askedRangeFields = {
  from: moment.optional(),
  to: moment.optional(),
  from_position: position.optional(),
  to_position: position.optional(),
};

/** What every job says of itself. */
export const jobFields = {
  id: z.string(),
  is_running: z.boolean(),
  start_time: z.string(),
  end_time: z.string().nullable(),
  processed_count: z.int(),
  last_error: z.string().nullable(),
  /** Everything up to here is done. */
  position: z.int(),
  from_position: z.int(),
  to_position: z.int(),
};

export function toJobFields({ id, state, request, progress, startedAt, endedAt }: Job<JobRange>) {
  return {
    id,
    is_running: state === 'running',
    start_time: startedAt.toISOString(),
    end_time: endedAt?.toISOString() ?? null,
    processed_count: progress.processed,
    last_error: progress.lastError,
    position: progress.position,
    from_position: request.after,
    to_position: request.to,
  };
}
