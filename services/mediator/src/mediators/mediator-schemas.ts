import { z } from 'zod';
import { ignoring, nameSchema } from '../names';
import { mediatorKinds } from './mediator';

export const mediatorsPath = '/api/v1/mediators';
/** Path of all routes of one mediator. */
export const mediatorPath = `${mediatorsPath}/{name}`;

/** What stands in that path. */
export const mediatorParams = z.object({ name: nameSchema });

const description = z.string().max(4_096);
const metadata = z.record(z.string(), z.unknown());

const answerFields = ['colleagues', 'count', 'created_at', 'updated_at'];

export const newMediatorBody = ignoring(
  answerFields,
  z.strictObject({
    name: nameSchema,
    kind: z.enum(mediatorKinds).default('message'),
    description: description.nullable().default(null),
    metadata: metadata.nullable().default(null),
  }),
);
export type NewMediatorBody = z.infer<typeof newMediatorBody>;

export const mediatorChangeBody = ignoring(
  answerFields,
  z.strictObject({
    description: description.nullable().optional(),
    metadata: metadata.nullable().optional(),
  }),
);
export type MediatorChangeBody = z.infer<typeof mediatorChangeBody>;

export const doneBody = z.object({ message: z.string() });
export const mediatorDoneBody = doneBody.extend({ mediator: nameSchema });

export const mediatorBody = z.object({
  name: nameSchema,
  kind: z.enum(mediatorKinds),
  description: z.string().nullable(),
  metadata: metadata.nullable(),
  colleagues: z.array(
    z.object({
      id: nameSchema,
      name: z.string(),
      type: z.string(),
      active: z.boolean(),
      last_activity: z.string(),
    }),
  ),
  count: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const mediatorNamesBody = z.object({
  mediators: z.array(nameSchema),
  next_cursor: z.string().nullable(),
});
