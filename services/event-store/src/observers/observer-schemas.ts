import { createSigner, findEndpointProblem } from '@fanfare/cloudevents';
import { AppError } from '@fanfare/core';
import { z } from 'zod';
import { freeObject } from '../events/free-object';
import { identifier } from '../events/identifiers';
import { parseTypePattern } from '../events/type-pattern';
import { parseBrokerEndpoint } from './broker-endpoint';
import { compileKey } from './compile-key';
import { compileTransform } from './compile-transform';
import { filterList } from './filter-schema';

/** A text that `parse` takes; what that throws is what is wrong with it. */
function parsed(schema: z.ZodString, parse: (text: string) => unknown) {
  return schema.superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      context.addIssue(error.message);
    }
  });
}

/** Of one observer, however they come together. */
export const maxTypes = 1_000;

/** A name, a type, an alias or a pattern. */
export const eventType = parsed(z.string().max(255), parseTypePattern);

const eventTypes = z
  .array(eventType)
  .max(maxTypes)
  .transform((types) => [...new Set(types)]);

const endpoint = parsed(z.string().max(2_048), (url) => {
  if (parseBrokerEndpoint(url)) return;
  const problem = findEndpointProblem(url);
  if (problem !== null) throw new AppError('invalid', problem);
});

const secret = parsed(z.string().max(255), (text) => createSigner({ secrets: [text] }));

const key = parsed(z.string().min(1).max(1_000), compileKey);

const milliseconds = ({ min = 0, max = 86_400_000 } = {}) => z.int().min(min).max(max);

const settings = {
  event_types: eventTypes,
  async: z.boolean(),
  enabled: z.boolean(),
  endpoint: endpoint.nullable(),
  /** One, or the new and the old one while they are exchanged. */
  secret: z
    .union(
      [secret, z.array(secret).min(1).max(2)],
      'must be whsec_ and 24 to 64 bytes in Base64 (or whsk_ and an Ed25519 key), or a list of a new and an old one',
    )
    .nullable(),
  filter: filterList.nullable(),
  transform: parsed(z.string().min(1).max(10_000), compileTransform).nullable(),
  batch: z
    .strictObject({
      size: z.int().min(1).max(1_000).default(100),
      wait_ms: milliseconds({ max: 60_000 }).default(5_000),
    })
    .nullable(),
  rate_limit: z
    .strictObject({ per_second: z.number().min(0.001).max(100_000), per_key: key.nullable().default(null) })
    .nullable(),
  debounce: z
    .strictObject({
      key: key.default('subject'),
      period_ms: milliseconds({ min: 1 }),
      max_wait_ms: milliseconds({ min: 1 }).nullable().default(null),
    })
    .refine(({ period_ms: periodMs, max_wait_ms: maxMs }) => maxMs === null || maxMs >= periodMs, {
      path: ['max_wait_ms'],
      message: 'must not be less than period_ms',
    })
    .nullable(),
  concurrency: z.int().min(1).max(100),
  handshake: z.enum(['off', 'required'], 'must be off or required'),
  retry: z
    .strictObject({
      max_attempts: z.int().min(1).max(1_000),
      delay_ms: milliseconds(),
      factor: z.number().min(1).max(10),
      max_delay_ms: milliseconds(),
    })
    .partial(),
  breaker: z
    .strictObject({ failures: z.int().min(1).max(1_000), open_ms: milliseconds({ min: 1 }) })
    .partial(),
  timeout_ms: milliseconds({ min: 1, max: 300_000 }),
  description: z.string().max(1_000).nullable(),
  metadata: freeObject,
};

const startRule = 'must be now, beginning, a position or an RFC 3339 time';
const time = z.iso.datetime({ offset: true });
const startFrom = z.union(
  [
    z.int().min(0),
    z
      .string()
      .refine((text) => ['now', 'beginning'].includes(text) || time.safeParse(text).success, startRule),
  ],
  startRule,
);

/** What can be changed of an observer; what is left out stays as it is. */
export const observerChange = z
  .strictObject({ id: identifier, ...settings })
  .partial()
  .meta({ title: 'ObserverChange' });

export const newObserverBody = z
  .strictObject(settings)
  .partial()
  .extend({
    id: identifier.optional(),
    event_types: eventTypes.refine((types) => types.length > 0, 'must not be empty'),
    start_from: startFrom.optional(),
  })
  .meta({ title: 'NewObserver' });

export type ObserverChange = z.infer<typeof observerChange>;
export type NewObserverBody = z.infer<typeof newObserverBody>;

export const observerPath = z.object({ id: z.string() });
