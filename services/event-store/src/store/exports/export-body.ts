import { z } from 'zod';
import { moment } from '../../events/time-parameters';
import { countParts, type Export } from './export';

const position = z.int().min(0);

/** What a request for an export says. Positions behind `from_position`, up to and with `to_position`. */
export const newExportBody = z
  .strictObject({
    from: moment.optional(),
    to: moment.optional(),
    from_position: position.optional(),
    to_position: position.optional(),
  })
  .meta({ title: 'NewExport' });

export const exportBody = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'cancelled', 'done', 'failed']),
    is_running: z.boolean(),
    start_time: z.string(),
    end_time: z.string().nullable(),
    /** Events that are proven, of `total`. */
    processed_count: z.int(),
    total: z.int(),
    /** Everything up to here is proven. */
    position: z.int(),
    last_error: z.string().nullable(),
    /** The commits behind the first position, up to and with the other. */
    from_position: z.int(),
    to_position: z.int(),
    /** How many parts are fetched when it is done. */
    parts: z.int(),
  })
  .meta({ title: 'Export' });

export function toExportBody({
  id,
  state,
  request,
  progress,
  startedAt,
  endedAt,
}: Export): z.input<typeof exportBody> {
  return {
    id,
    // nobody pauses an export
    state: state === 'paused' ? 'running' : state,
    is_running: state === 'running',
    start_time: startedAt.toISOString(),
    end_time: endedAt?.toISOString() ?? null,
    processed_count: progress.processed,
    total: request.to - request.after,
    position: progress.position,
    last_error: progress.lastError,
    from_position: request.after,
    to_position: request.to,
    parts: countParts(request),
  };
}
