import { pageQuery, wholeNumber } from '@fanfare/service-kit';
import { z } from 'zod';
import { freeObject } from '../events/free-object';
import { identifier } from '../events/identifiers';
import { aggregateBody, toAggregateBody } from '../aggregates/aggregate-schemas';
import type { Snapshot } from './snapshot';

export const newSnapshotBody = z
  .strictObject({
    aggregate_id: identifier,
    version: z.int().min(0).optional(),
    data: freeObject.optional(),
  })
  .meta({ title: 'NewSnapshot' });

export const snapshotPath = z.object({ aggregate_id: z.string() });

export const snapshotQuery = z.strictObject({ version: wholeNumber().optional() });

/** Snapshots are listed by their ids. */
export const snapshotsQuery = pageQuery(
  { aggregate_type: z.string().optional() },
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
);

const { version, created_at, updated_at, active, metadata } = aggregateBody.shape;

export const snapshotBody = z.object({
  id: z.string(),
  aggregate_id: z.string(),
  aggregate_type: z.string(),
  version,
  /** The state of the aggregate. */
  data: z.record(z.string(), z.unknown()),
  metadata,
  /** When it was taken; the other times are those of the aggregate. */
  timestamp: z.iso.datetime(),
  created_at,
  updated_at,
  active,
});

export const snapshotsBody = z.object({
  snapshots: z.array(snapshotBody),
  next_cursor: z.string().nullable(),
});

export function toSnapshotBody({ id, takenAt, aggregate }: Snapshot): z.infer<typeof snapshotBody> {
  const body = toAggregateBody(aggregate);
  return {
    id,
    aggregate_id: body.id,
    aggregate_type: body.type,
    version: body.version,
    data: aggregate.state,
    metadata: body.metadata,
    timestamp: takenAt.toISOString(),
    created_at: body.created_at,
    updated_at: body.updated_at,
    active: body.active,
  };
}
