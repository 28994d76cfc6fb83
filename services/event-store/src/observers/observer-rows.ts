import type { Filter } from '@fanfare/cloudevents';
import { z } from 'zod';
import type { Observer } from './observer';

export type ObserverTables = {
  observers: {
    id: string;
    /** JSON. */
    definition: string;
    revision: number;
    created_at: number;
    updated_at: number;
  };
  observer_changes: { id: number; change_count: number };
};

export type ObserverRow = ObserverTables['observers'];

/** What stands in `definition`. A setting that is added later gets a default here, for the rows that are there. */
const definition = z.object({
  eventTypes: z.array(z.string()),
  isAsync: z.boolean(),
  isEnabled: z.boolean(),
  startFrom: z.union([z.string(), z.number()]),
  endpoint: z.string().nullable(),
  secrets: z.array(z.string()),
  filters: z.array(z.custom<Filter>()),
  transform: z.string().nullable(),
  batch: z.object({ size: z.number(), waitMs: z.number() }).nullable(),
  rateLimit: z.object({ perSecond: z.number(), perKey: z.string().nullable().default(null) }).nullable(),
  debounce: z
    .object({ key: z.string(), periodMs: z.number(), maxWaitMs: z.number().nullable() })
    .nullable()
    .default(null),
  concurrency: z.number(),
  handshake: z.enum(['off', 'required']),
  retry: z.object({
    maxAttempts: z.number(),
    delayMs: z.number(),
    factor: z.number(),
    maxDelayMs: z.number(),
  }),
  breaker: z.object({ failures: z.number(), openMs: z.number() }),
  timeoutMs: z.number(),
  description: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
});

export function toRow({ id, revision, createdAt, updatedAt, ...rest }: Observer): ObserverRow {
  return {
    id,
    definition: JSON.stringify(rest),
    revision,
    created_at: createdAt.getTime(),
    updated_at: updatedAt.getTime(),
  };
}

export function fromRow(row: ObserverRow): Observer {
  return {
    ...definition.parse(JSON.parse(row.definition)),
    id: row.id,
    revision: row.revision,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}
