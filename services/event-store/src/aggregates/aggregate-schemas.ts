import { findEventDefinition, resolveEventType } from '@fanfare/contracts';
import { wholeNumber } from '@fanfare/service-kit';
import { z } from 'zod';
import { freeObject } from '../events/free-object';
import { identifier } from '../events/identifiers';
import { aggregateTypes, type Aggregate } from './aggregate';
import type { JsonObject } from './json-object';

/** `supportedTypes` are those that the service was set to take; undefined takes all. */
export function newAggregateBody(supportedTypes: readonly string[] | undefined) {
  const types = aggregateTypes.filter((type) => supportedTypes?.includes(type) ?? true);
  return z
    .strictObject({
      type: z.enum(types, `must be one of ${types.join(', ')}`),
      id: identifier,
      initial_state: freeObject.default({}),
    })
    .superRefine(checkInitialState)
    .meta({ title: 'NewAggregate' });
}

type NewAggregate = { readonly type: string; readonly initial_state: JsonObject };

/** It becomes the data of an event, and has to be what such data may be. */
function checkInitialState({ type, initial_state }: NewAggregate, context: z.RefinementCtx): void {
  const definition = findEventDefinition(resolveEventType(`${type}.created`));
  for (const { path, ...issue } of definition?.external.safeParse(initial_state).error?.issues ?? []) {
    context.addIssue({ ...issue, path: ['initial_state', ...path] });
  }
}

export const aggregateChangesBody = z
  .strictObject({
    /** JSON merge patch, RFC 7396. */
    changes: freeObject,
    expected_version: z.int().min(0).optional(),
  })
  .meta({ title: 'AggregateChanges' });

export const aggregatePath = z.object({ id: z.string() });

export const asOfQuery = z
  .strictObject({
    version: wholeNumber().optional(),
    at: z.iso
      .datetime({ offset: true })
      .transform((text) => new Date(text))
      .optional(),
  })
  .refine(({ version, at }) => version === undefined || at === undefined, {
    path: ['at'],
    message: 'cannot be given together with version',
  });

const timestamp = z.iso.datetime();

export const aggregateBody = z.object({
  id: z.string(),
  type: z.string(),
  version: z.int(),
  /** Null when it was erased. */
  state: freeObject.nullable(),
  created_at: timestamp,
  updated_at: timestamp,
  active: z.boolean(),
  metadata: freeObject,
});

export function toAggregateBody(aggregate: Aggregate): z.infer<typeof aggregateBody> {
  const { id, type, version, state, createdAt, updatedAt, isActive, metadata } = aggregate;
  return {
    id,
    type,
    version,
    state,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    active: isActive,
    metadata,
  };
}
