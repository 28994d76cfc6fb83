import type { StoredEvent } from '../../event-log/commit-store';

export const eventColumns =
  'position, recorded_at as recordedAtMs, stream as streamId, category, version, attributes, ' +
  'data_hash as dataHash, salt, data, is_binary as isBinary';

interface EventRow extends Omit<StoredEvent, 'isBinary'> {
  readonly isBinary: number;
}

/** The rows of a statement that selects `eventColumns`. */
export function toStoredEvents(rows: readonly unknown[]): readonly StoredEvent[] {
  return (rows as readonly EventRow[]).map((row) => ({ ...row, isBinary: row.isBinary === 1 }));
}
