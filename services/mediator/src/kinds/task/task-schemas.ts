import { z } from 'zod';
import { failureSchema, shownFailure } from '../../failure';
import { defaultLeaseMs, leaseMsSchema } from '../../lease-time';
import { mediatorParams } from '../../mediators/mediator-schemas';
import { ignoring, nameSchema } from '../../names';
import { retryPolicySchema } from '../../retry-policy';
import { taskStatuses } from './task';

export const taskParams = mediatorParams.extend({ id: nameSchema });

const answerFields = [
  ...['status', 'dependents', 'attempts', 'progress', 'result', 'error', 'colleague_id', 'token'],
  ...['lease_until', 'actual_time', 'start_time', 'end_time'],
];
const key = z.string().min(1).max(255);

/** The body that creates a task; `maxAttempts` is RETRY_COUNT. */
export function newTaskBody(maxAttempts: number) {
  return ignoring(
    answerFields,
    z.strictObject({
      id: nameSchema.optional(),
      name: nameSchema,
      type: nameSchema.nullable().default(null),
      priority: z.int().min(-100).max(100).default(0),
      data: z.unknown().optional(),
      dependencies: z
        .array(nameSchema)
        .max(200)
        .default([])
        .meta({ description: 'Ids of tasks that have to be completed first' }),
      retry: retryPolicySchema(maxAttempts).prefault({}),
      handler_id: nameSchema
        .nullable()
        .optional()
        .meta({ description: 'The only colleague that may claim it' }),
      unique_key: key.optional().meta({ description: 'While a task with it is open, another is refused' }),
      concurrency_key: key.optional(),
      concurrency: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(1)
        .meta({ description: 'So many of its concurrency key may run, this one included' }),
      estimated_time: z.number().min(0).nullable().default(null),
    }),
  );
}
export type NewTaskBody = z.infer<ReturnType<typeof newTaskBody>>;

export const claimBody = z.strictObject({
  colleague_id: nameSchema,
  types: z.array(nameSchema).min(1).max(200).optional().meta({ description: 'Of any type unless given' }),
  limit: z.int().min(1).max(100).default(1),
  lease_ms: leaseMsSchema.default(defaultLeaseMs),
  wait_ms: z.int().min(0).max(60_000).default(0),
});
export type ClaimBody = z.infer<typeof claimBody>;

const token = z.int().min(0);

export const renewTaskBody = z.strictObject({
  token,
  progress: z.int().min(0).max(100).optional(),
  lease_ms: leaseMsSchema.optional(),
});
export const completeBody = z.strictObject({ token, result: z.unknown().optional() });
export const failBody = z.strictObject({ token, error: failureSchema.prefault({}) });

const time = z.iso.datetime().nullable();

/** A task as answers show it. */
export const shownTask = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string().nullable(),
  status: z.enum(taskStatuses),
  priority: z.int(),
  data: z.unknown(),
  dependencies: z.array(z.string()),
  dependents: z.array(z.string()),
  attempts: z.int(),
  progress: z.int().min(0).max(100),
  result: z.unknown(),
  error: shownFailure.nullable().meta({ description: 'Of the last try, where that failed' }),
  colleague_id: z.string().nullable().meta({ description: 'Who holds it, or has completed it' }),
  lease_until: time,
  estimated_time: z.number().nullable(),
  actual_time: z.int().nullable().meta({ description: 'From its first try to its end, in milliseconds' }),
  start_time: time,
  end_time: time,
});
export type ShownTask = z.infer<typeof shownTask>;

export const shownTasks = z.object({ tasks: z.array(shownTask), next_cursor: z.string().nullable() });

/** Only whoever claims a task is told the token with which it is held. */
export const claimedTasks = z.object({ tasks: z.array(shownTask.extend({ token: z.int() })) });
