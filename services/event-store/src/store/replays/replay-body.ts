import { z } from 'zod';
import { moment } from '../../events/time-parameters';
import { eventType, newObserverBody } from '../../observers/observer-schemas';
import { projections, type Replay } from './replay';

const position = z.int().min(0);

/** What a request for a replay says. Positions behind `from_position`, up to and with `to_position`. */
export const newReplayBody = z
  .strictObject({
    observer_id: z.string().optional(),
    projection: z.enum(projections, `must be ${projections.join(' or ')}`).optional(),
    candidate: newObserverBody
      .pick({ event_types: true, filter: true, transform: true })
      .partial()
      .optional(),
    from: moment.optional(),
    to: moment.optional(),
    from_position: position.optional(),
    to_position: position.optional(),
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

const nullableTime = z.string().nullable();

export const replayBody = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'paused', 'cancelled', 'done', 'failed']),
    is_running: z.boolean(),
    start_time: z.string(),
    end_time: nullableTime,
    processed_count: z.int(),
    /** Deliveries that failed. */
    error_count: z.int(),
    last_error: z.string().nullable(),
    /** Events that the replay concerns; null until they were counted. */
    total: z.int().nullable(),
    /** Everything up to here is done. */
    position: z.int(),
    from_position: z.int(),
    to_position: z.int(),
    observer_id: z.string().nullable(),
    projection: z.string().nullable(),
    types: z.array(z.string()).nullable(),
    speed: z.number(),
    shadow: z.boolean(),
    /** Of a shadow: how many effects there were, and the first thousand differences. */
    report: z.looseObject({ differences: z.array(z.unknown()).optional() }).optional(),
  })
  .meta({ title: 'Replay' });

export function toReplayBody(
  { id, state, request, progress, startedAt, endedAt }: Replay,
  differences?: readonly unknown[],
): z.infer<typeof replayBody> {
  return {
    id,
    state,
    is_running: state === 'running',
    start_time: startedAt.toISOString(),
    end_time: endedAt?.toISOString() ?? null,
    processed_count: progress.processed,
    error_count: progress.errors,
    last_error: progress.lastError,
    total: progress.total,
    position: progress.position,
    from_position: request.after,
    to_position: request.to,
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
