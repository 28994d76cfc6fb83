import { z } from 'zod';
import { shownFailure } from '../../failure';
import { mediatorParams } from '../../mediators/mediator-schemas';
import { ignoring, nameSchema } from '../../names';
import { serviceStatuses } from './service';

const dayMs = 86_400_000;

export const serviceParams = mediatorParams.extend({ id: nameSchema });

const settings = {
  name: nameSchema,
  type: nameSchema.nullable(),
  dependencies: z.array(nameSchema).max(1_000).meta({ description: 'Ids of services that are registered' }),
  handler_id: nameSchema.nullable().meta({ description: 'The colleague that starts and stops it' }),
  heartbeat_timeout_ms: z
    .int()
    .min(100)
    .max(30 * dayMs),
  metrics: z.record(z.string(), z.unknown()).nullable(),
};
const answerFields = [
  ...['health', 'dependents', 'start_time', 'stop_time', 'last_heartbeat', 'error', 'order'],
];

export const newServiceBody = ignoring(
  answerFields,
  z.strictObject({
    id: nameSchema.optional().meta({ description: 'The name unless given' }),
    name: settings.name,
    type: settings.type.default(null),
    status: z.enum(['stopped', 'running']).default('stopped'),
    dependencies: settings.dependencies.default([]),
    handler_id: settings.handler_id.default(null),
    heartbeat_timeout_ms: settings.heartbeat_timeout_ms.default(30_000),
    metrics: settings.metrics.default(null),
  }),
);
export type NewServiceBody = z.infer<typeof newServiceBody>;

export const serviceChangeBody = ignoring([...answerFields, 'status'], z.strictObject(settings).partial());
export type ServiceChangeBody = z.infer<typeof serviceChangeBody>;

export const heartbeatBody = z.strictObject({ metrics: settings.metrics.optional() }).prefault({});

const time = z.iso.datetime().nullable();

export const shownService = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string().nullable(),
  status: z.enum(serviceStatuses),
  health: z.enum(['healthy', 'unhealthy', 'unknown']),
  metrics: settings.metrics,
  dependencies: z.array(z.string()),
  dependents: z.array(z.string()),
  handler_id: z.string().nullable(),
  heartbeat_timeout_ms: z.int(),
  start_time: time,
  stop_time: time,
  last_heartbeat: time,
  error: shownFailure.nullable().meta({ description: 'Of the last start or stop, unless it succeeded' }),
});
export type ShownService = z.infer<typeof shownService>;

export const shownOrder = shownService.extend({
  order: z.array(z.string()).meta({ description: 'Those that will change, in turn' }),
});
