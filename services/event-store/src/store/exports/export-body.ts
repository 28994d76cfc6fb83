import { z } from 'zod';
import { askedRangeFields, jobFields, toJobFields } from '../jobs/job-body';
import { countParts, type Export } from './export';

/** What a request for an export says. */
export const newExportBody = z.strictObject(askedRangeFields).meta({ title: 'NewExport' });

/** Counts events that are proven, of `total`. */
export const exportBody = z
  .object({
    ...jobFields,
    state: z.enum(['running', 'cancelled', 'done', 'failed']),
    total: z.int(),
    /** How many parts are fetched when it is done. */
    parts: z.int(),
  })
  .meta({ title: 'Export' });

export function toExportBody(job: Export): z.input<typeof exportBody> {
  const { state, request } = job;
  return {
    ...toJobFields(job),
    // nobody pauses an export
    state: state === 'paused' ? 'running' : state,
    total: request.to - request.after,
    parts: countParts(request),
  };
}
