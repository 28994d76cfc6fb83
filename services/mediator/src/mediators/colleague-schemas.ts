import { createSigner, findEndpointProblem } from '@fanfare/cloudevents';
import { hasCode } from '@fanfare/core';
import { z } from 'zod';
import { ignoring, nameSchema } from '../names';
import { doneBody, mediatorParams, mediatorPath } from './mediator-schemas';

export const colleaguesPath = `${mediatorPath}/colleagues`;

/** Path of all routes of one colleague. */
export const colleaguePath = `${colleaguesPath}/{id}`;

/** What stands in that path. */
export const colleagueParams = mediatorParams.extend({ id: nameSchema });

const handledType = z
  .string()
  .regex(
    /^([A-Za-z0-9][\w.\-:@+]{0,63}\*?|\*)$/,
    'must be a type: 1 to 64 of A-Z a-z 0-9 . _ - : @ + that begin with a letter or digit; in event mediators also the beginning of one with * behind it',
  );

const endpoint = z
  .string()
  .max(2_048)
  .superRefine((url, context) => {
    const problem = findEndpointProblem(url);
    if (problem !== null) context.addIssue(problem);
  });

const secret = z
  .string()
  .max(255)
  .refine(isSecret, 'must be whsec_ and 24 to 64 bytes in Base64 (Standard Webhooks)');

function isSecret(text: string): boolean {
  try {
    createSigner({ secrets: [text] });
  } catch (error) {
    if (!hasCode(error, 'invalid')) throw error;
    return false;
  }
  return text.startsWith('whsec_');
}

const settings = {
  /** For people: the seed's are like `Colleague 1`. */
  name: z.string().max(255).regex(/\S/, 'must have something to be seen'),
  type: nameSchema,
  handles: z
    .array(handledType)
    .max(1_000)
    .transform((types) => [...new Set(types)]),
  endpoint: endpoint.nullable(),
  secret: secret.nullable(),
  handshake: z.enum(['off', 'required']),
  concurrency: z.int().min(1).max(100),
  active: z.boolean(),
};

const answerFields = ['last_activity', 'waiting', 'dead'];

export const newColleagueBody = ignoring(
  answerFields,
  z.strictObject({
    ...settings,
    id: nameSchema,
    type: settings.type.default('service'),
    handles: settings.handles.default([]),
    endpoint: settings.endpoint.default(null),
    secret: settings.secret.default(null),
    handshake: settings.handshake.default('off'),
    concurrency: settings.concurrency.default(16),
    active: settings.active.default(true),
  }),
);
export type NewColleagueBody = z.infer<typeof newColleagueBody>;

export const colleagueChangeBody = ignoring(answerFields, z.strictObject(settings).exactPartial());
export type ColleagueChangeBody = z.infer<typeof colleagueChangeBody>;

export const registeredBody = doneBody.extend({ id: nameSchema });

export const colleagueBody = z.object({
  id: nameSchema,
  name: z.string(),
  type: z.string(),
  active: z.boolean(),
  last_activity: z.string(),
  handles: z.array(z.string()),
  endpoint: z.string().nullable(),
  concurrency: z.int(),
  /** Messages in its mailbox that nobody has in hands. */
  waiting: z.int(),
  /** Messages that were given up. */
  dead: z.int(),
});

export const colleaguesBody = z.object({
  colleagues: z.array(colleagueBody),
  next_cursor: z.string().nullable(),
});
