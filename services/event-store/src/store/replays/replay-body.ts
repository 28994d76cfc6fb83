import { z } from 'zod';
import { eventType, newObserverBody } from '../../observers/observer-schemas';
import { askedRangeFields, jobFields, toJobFields } from '../jobs/job-body';
import { projections, type Replay } from './replay';

/** What a request for a replay says. */
export const newReplayBody = z
  .strictObject({
    observer_id: z.string().optional(),
    projection: z.enum(projections, `must be ${projections.join(' or ')}`).optional(),
    candidate: newObserverBody
      .pick({ event_types: true, filter: true, transform: true })
      .partial()
      .optional(),
    ...askedRangeFields,
    types: z.array(eventType).min(1).max(100).optional(),
    speed: z.number().min(0).max(1_000_000).default(0),
    shadow: z.boolean().default(false),
  })
  .superRefine((body, context) => {
    for (const [field, message] of findContradictions(body)) {
      context.addIssue({ code: 'custom', path: [field], message });
    }
  })
  .meta({ title: 'NewReplay' });

export type NewReplayBody = z.infer<typeof newReplayBody>;

type Asked = Readonly<Record<string, unknown>>;

/** A projection is always made from the whole log. */
const partial = ['observer_id', 'candidate', 'from', 'to', 'from_position', 'to_position', 'types'] as const;

function* findContradictions(body: Asked): Generator<readonly [string, string]> {
  const isGiven = (field: string) => body[field] !== undefined;
  if (isGiven('projection')) {
    for (const field of partial.filter(isGiven)) yield [field, 'cannot be given together with projection'];
    if (body['speed'] !== 0) yield ['speed', 'must be 0 for a projection'];
  }
  if (isGiven('candidate') && body['shadow'] !== true) yield ['shadow', 'must be true for a candidate'];
  if (isGiven('candidate') && !isGiven('observer_id') && !isGiven('projection')) {
    const { event_types: types } = body['candidate'] as { readonly event_types?: readonly string[] };
    if (!types?.length) yield ['candidate.event_types', 'is required without observer_id'];
  }
  const hasTarget = ['observer_id', 'projection', 'candidate'].some(isGiven);
  if (body['shadow'] === true && !hasTarget)
    yield ['shadow', 'needs an observer_id, a candidate or a projection'];
}

export const replayBody = z
  .object({
    ...jobFields,
    state: z.enum(['running', 'paused', 'cancelled', 'done', 'failed']),
    /** Deliveries that failed. */
    error_count: z.int(),
    /** Events that the replay concerns; null until they were counted. */
    total: z.int().nullable(),
    observer_id: z.string().nullable(),
    projection: z.string().nullable(),
    types: z.array(z.string()).nullable(),
    speed: z.number(),
    shadow: z.boolean(),
    /** Of a shadow: how many effects there were, and the first thousand differences. */
    report: z.looseObject({ differences: z.array(z.unknown()).optional() }).optional(),
  })
  .meta({ title: 'Replay' });

export function toReplayBody(replay: Replay, differences?: readonly unknown[]): z.infer<typeof replayBody> {
  const { state, request, progress } = replay;
  return {
    ...toJobFields(replay),
    state,
    error_count: progress.errors,
    total: progress.total,
    observer_id: request.observerId,
    projection: request.projection,
    types: request.types && [...request.types],
    speed: request.speed,
    shadow: request.isShadow,
    ...(request.isShadow && {
      report: { ...progress.findings, ...(differences && { differences: [...differences] }) },
    }),
  };
}
