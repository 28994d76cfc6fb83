import { AppError } from '@fanfare/core';
import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../aggregates/json-object';
import type { Aggregate } from '../aggregates/aggregate';
import { isKnown, type Snapshot } from './snapshot';

export type SnapshotKind = 'snapshot' | 'beginning' | 'erased';

export type SnapshotTables = {
  snapshots: {
    aggregate_id: string;
    version: number;
    id: string;
    aggregate_type: string;
    kind: SnapshotKind;
    /** 0 where there is nothing left to fold. */
    fold_version: number;
    /** JSON, like the metadata. */
    state: string;
    metadata: string;
    is_active: number;
    created_at: number;
    updated_at: number;
    taken_at: number;
  };
  snapshot_subjects: { subject_key: string; aggregate_id: string };
  snapshot_counters: { name: string; counted: number };
};

export type SnapshotRow = SnapshotTables['snapshots'];

/** What an erased beginning is left with. */
export const erasedColumns = {
  kind: 'erased',
  fold_version: 0,
  state: 'null',
  metadata: '{}',
  is_active: 0,
} as const;

/** What is kept of an aggregate at a version. */
type Kept = Omit<Snapshot, 'aggregate'> & { readonly aggregate: Aggregate };

export function toRow(
  { id, takenAt, aggregate }: Kept,
  kind: SnapshotKind,
  foldVersion: number,
): SnapshotRow {
  return {
    aggregate_id: aggregate.id,
    version: aggregate.version,
    id,
    aggregate_type: aggregate.type,
    kind,
    fold_version: foldVersion,
    state: JSON.stringify(aggregate.state),
    metadata: JSON.stringify(aggregate.metadata),
    is_active: aggregate.isActive ? 1 : 0,
    created_at: aggregate.createdAt.getTime(),
    updated_at: aggregate.updatedAt.getTime(),
    taken_at: takenAt.getTime(),
    ...(kind === 'erased' && erasedColumns),
  };
}

/** Of a row that is not erased. */
export function fromRow(row: SnapshotRow): Snapshot {
  const aggregate = toAggregate(row);
  if (!isKnown(aggregate)) throw new AppError('internal', `snapshot ${row.id} was erased`);
  return { id: row.id, takenAt: new Date(row.taken_at), aggregate };
}

const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be an object');

export function toAggregate(row: SnapshotRow): Aggregate {
  return {
    id: row.aggregate_id,
    type: row.aggregate_type,
    version: row.version,
    state: jsonObject.nullable().parse(JSON.parse(row.state)),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    isActive: row.is_active === 1,
    metadata: jsonObject.parse(JSON.parse(row.metadata)),
  };
}
