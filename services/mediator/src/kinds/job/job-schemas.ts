import { externalTimestamp } from '@fanfare/contracts';
import { z } from 'zod';
import { shownFailure } from '../../failure';
import { ignoring, nameSchema } from '../../names';
import { retryPolicySchema } from '../../retry-policy';
import { jobStatuses, jobTypes, overlapPolicies } from './job';
import { runStatuses } from './job-run';
import { missedPolicies } from './plan-ticks';
import { findCronFault, isTimeZone } from './schedule';

const dayMs = 86_400_000;
const yearMs = 365 * dayMs;

const answerFields = [
  ...['status', 'progress', 'next_run', 'last_run'],
  // of the seed's model, in which a job is like a task
  ...['estimated_time', 'actual_time', 'start_time', 'end_time'],
];

/** The body that creates a job; `maxAttempts` is RETRY_COUNT. */
export function newJobBody(maxAttempts: number) {
  const body = z
    .strictObject({
      id: nameSchema.optional(),
      name: nameSchema.meta({ description: 'The type of its commands' }),
      type: z
        .enum(jobTypes)
        .optional()
        .meta({ description: 'What `schedule` and `every_ms` make it, unless given' }),
      schedule: z.string().min(1).max(255).optional().meta({
        description: 'Cron of five fields, or six with seconds first; of a one-time job a time to come',
      }),
      every_ms: z.int().min(1_000).max(yearMs).optional(),
      time_zone: z
        .string()
        .max(64)
        .refine(isTimeZone, 'must be a time zone like Europe/Berlin')
        .default('UTC'),
      data: z.unknown().optional(),
      priority: z.int().min(-100).max(100).default(0),
      handler_id: nameSchema.optional(),
      timeout_ms: z
        .int()
        .min(1)
        .max(30 * dayMs)
        .optional()
        .meta({ description: 'Of one try; TIMEOUT unless given' }),
      retry: retryPolicySchema(maxAttempts).prefault({}),
      missed: z.enum(missedPolicies).default('last'),
      overlap: z.enum(overlapPolicies).default('skip'),
      unique_key: z.string().min(1).max(255).optional(),
    })
    .superRefine((job, context) => {
      for (const [field, message] of findFaults(job)) {
        context.addIssue({ code: 'custom', path: [field], message });
      }
    });
  return ignoring(answerFields, body);
}

export type NewJobBody = z.infer<ReturnType<typeof newJobBody>>;

interface ScheduleFields {
  readonly type?: (typeof jobTypes)[number] | undefined;
  readonly schedule?: string | undefined;
  readonly every_ms?: number | undefined;
}

/** What a job is that does not say so. */
export function toJobType({ type, schedule, every_ms: everyMs }: ScheduleFields): (typeof jobTypes)[number] {
  if (type) return type;
  if (everyMs !== undefined) return 'recurring';
  if (schedule === undefined) return 'on-demand';
  return isTime(schedule) ? 'one-time' : 'scheduled';
}

const isTime = (text: string) => externalTimestamp.safeParse(text).success;

/** What does not fit each other, by field. */
function findFaults(job: ScheduleFields): readonly (readonly [field: string, message: string])[] {
  const type = toJobType(job);
  const isTimed = type === 'scheduled' || type === 'one-time';
  const faults = [
    ['schedule', isTimed ? findScheduleFault(type, job.schedule) : refuseField(job.schedule, type)],
    ['every_ms', type === 'recurring' ? requireField(job.every_ms) : refuseField(job.every_ms, type)],
  ] as const;
  return faults.flatMap(([field, message]) => (message === null ? [] : [[field, message] as const]));
}

function findScheduleFault(type: 'scheduled' | 'one-time', schedule: string | undefined): string | null {
  if (schedule === undefined) return requireField(schedule);
  if (type === 'scheduled') return findCronFault(schedule);
  return isTime(schedule) ? null : 'must be a time like 2026-01-31T09:00:00Z';
}

function requireField(value: unknown): string | null {
  return value === undefined ? 'is required' : null;
}

function refuseField(value: unknown, type: string): string | null {
  return value === undefined ? null : `is nothing for a job of type ${type}`;
}

/** The body that runs a job by hand. */
export const newRunBody = ignoring(
  ['job_id', 'scheduled_for', 'status', 'attempts', 'result', 'error', 'start_time', 'end_time'],
  z
    .strictObject({
      id: nameSchema.optional(),
      data: z.unknown().optional().meta({ description: 'In place of the data of the job' }),
    })
    .default({}),
);
export type NewRunBody = z.infer<typeof newRunBody>;

const time = z.iso.datetime();

/** A job as answers show it. */
export const shownJob = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(jobTypes),
  schedule: z.string().nullable(),
  every_ms: z.int().nullable(),
  time_zone: z.string(),
  data: z.unknown(),
  priority: z.int(),
  handler_id: z.string().nullable(),
  timeout_ms: z.int(),
  retry: z.object({
    max_attempts: z.int(),
    delay_ms: z.int(),
    factor: z.number(),
    max_delay_ms: z.int(),
  }),
  missed: z.enum(missedPolicies),
  overlap: z.enum(overlapPolicies),
  unique_key: z.string().nullable(),
  status: z.enum(jobStatuses),
  progress: z.int().min(0).max(100),
  next_run: time.nullable(),
  last_run: time.nullable(),
});
export type ShownJob = z.infer<typeof shownJob>;

/** A run as answers show it. */
export const shownRun = z.object({
  id: z.string(),
  job_id: z.string(),
  scheduled_for: time,
  status: z.enum(runStatuses),
  attempts: z.int(),
  result: z.unknown(),
  error: shownFailure.nullable(),
  start_time: time.nullable().meta({ description: 'Null where it was skipped' }),
  end_time: time.nullable(),
});
export type ShownRun = z.infer<typeof shownRun>;
