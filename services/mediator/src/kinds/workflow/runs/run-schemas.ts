import { pageQuery, numberKey } from '@fanfare/service-kit';
import { z } from 'zod';
import { shownFailure } from '../../../failure';
import { mediatorParams, mediatorPath } from '../../../mediators/mediator-schemas';
import { ignoring, nameSchema } from '../../../names';
import {
  definitionType,
  runTimeoutMs,
  stepsSchema,
  type DefinitionDefaults,
} from '../definitions/definition-schema';
import { runStatuses, stepStatuses } from './run';

export const runsPath = `${mediatorPath}/workflows`;
export const runPath = `${runsPath}/{id}`;

/** Ids of sub-workflows are made of those of the runs above them. */
const runId = z.string().regex(/^[A-Za-z0-9][\w.\-:@+]{0,254}$/, 'must be the id of a workflow');
export const runParams = mediatorParams.extend({ id: runId });

const shownOnly = [
  ...['status', 'current_step', 'progress', 'results', 'error', 'next_action_at', 'parent_id'],
  ...['actual_time', 'start_time', 'end_time'],
];

/** What begins a run: of a definition that is there, or of one that it brings. */
export function newRunSchema(defaults: DefinitionDefaults) {
  return ignoring(
    shownOnly,
    z.strictObject({
      id: nameSchema.optional(),
      name: nameSchema,
      version: z.int().min(1).nullable().optional(),
      type: definitionType,
      steps: stepsSchema(defaults).optional(),
      data: z.record(z.string(), z.unknown()).default({}),
      handler_id: nameSchema.nullable().default(null),
      timeout_ms: runTimeoutMs,
      estimated_time: z.number().min(0).nullable().default(null),
    }),
  );
}
export type NewRunBody = z.infer<ReturnType<typeof newRunSchema>>;

export const cancelBody = z
  .strictObject({ reason: z.string().min(1).max(500).optional(), compensate: z.boolean().default(true) })
  .default({ compensate: true });

export const retryBody = z.strictObject({ from_step: nameSchema.optional() }).default({});

export const signalBody = z.strictObject({
  id: nameSchema.optional(),
  name: nameSchema,
  data: z.unknown().optional(),
});

export const shownSignal = z.object({
  id: z.string(),
  name: z.string(),
  data: z.unknown(),
  timestamp: z.string(),
});

const time = z.string().nullable();
const shownError = shownFailure.extend({ step_id: z.string().optional() });

/** A run as answers show it. */
export const shownRun = z.object({
  id: z.string(),
  name: z.string(),
  version: z.int().nullable(),
  type: z.enum(['sequential', 'parallel']),
  status: z.enum(runStatuses),
  current_step: z.int(),
  progress: z.int(),
  data: z.record(z.string(), z.unknown()),
  results: z.record(z.string(), z.unknown()),
  error: shownError.nullable(),
  steps: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      type: z.string(),
      status: z.enum(stepStatuses),
      attempts: z.int(),
      iterations: z.int(),
      result: z.unknown(),
      error: shownFailure.nullable(),
      start_time: time,
      end_time: time,
    }),
  ),
  next_action_at: time,
  parent_id: z.string().nullable(),
  estimated_time: z.number().nullable(),
  actual_time: z.int().nullable(),
  start_time: z.string(),
  end_time: time,
});

export const shownRuns = z.object({ workflows: z.array(shownRun), next_cursor: z.string().nullable() });

export const shownHistory = z.object({
  events: z.array(
    z.object({
      sequence: z.int(),
      type: z.string(),
      timestamp: z.string(),
      step_id: z.string().nullable(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  next_cursor: z.string().nullable(),
});

/** A place in the list: when the run was begun, and its id. */
const placeKey = /^\d{1,16} [\w.\-:@+]{1,255}$/;

export const runsQuery = pageQuery(
  { status: z.enum(runStatuses).optional(), name: nameSchema.optional() },
  placeKey,
);
export const historyQuery = pageQuery({}, numberKey);
