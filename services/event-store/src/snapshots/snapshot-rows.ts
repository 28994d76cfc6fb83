import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../aggregates/json-object';
import type { Snapshot } from './snapshot';

export type SnapshotTables = {
  snapshots: {
    aggregate_id: string;
    version: number;
    id: string;
    aggregate_type: string;
    fold_version: number;
    /** JSON, like the metadata. */
    state: string;
    metadata: string;
    is_active: number;
    created_at: number;
    updated_at: number;
    taken_at: number;
  };
  snapshot_counters: { name: string; counted: number };
};

export type SnapshotRow = SnapshotTables['snapshots'];

const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be an object');

export function toRow({ id, takenAt, aggregate }: Snapshot, foldVersion: number): SnapshotRow {
  return {
    aggregate_id: aggregate.id,
    version: aggregate.version,
    id,
    aggregate_type: aggregate.type,
    fold_version: foldVersion,
    state: JSON.stringify(aggregate.state),
    metadata: JSON.stringify(aggregate.metadata),
    is_active: aggregate.isActive ? 1 : 0,
    created_at: aggregate.createdAt.getTime(),
    updated_at: aggregate.updatedAt.getTime(),
    taken_at: takenAt.getTime(),
  };
}

export function fromRow(row: SnapshotRow): Snapshot {
  return {
    id: row.id,
    takenAt: new Date(row.taken_at),
    aggregate: {
      id: row.aggregate_id,
      type: row.aggregate_type,
      version: row.version,
      state: jsonObject.parse(JSON.parse(row.state)),
      createdAt: new Date(row.created_at),
      updatedAt: new Date(row.updated_at),
      isActive: row.is_active === 1,
      metadata: jsonObject.parse(JSON.parse(row.metadata)),
    },
  };
}
