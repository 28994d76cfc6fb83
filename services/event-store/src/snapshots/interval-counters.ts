import type { Database } from '@fanfare/storage';
import type { SnapshotTables } from './snapshot-rows';

/** How far the snapshots by time have come. */
export interface IntervalCounters {
  /** Up to where the log was looked through. */
  position(): Promise<number>;
  /** When that was last done to its end, in milliseconds since 1970. */
  doneAtMs(): Promise<number>;
  moveTo(position: number): Promise<void>;
  doneAt(ms: number): Promise<void>;
}

const names = { position: 'changes', doneAt: 'changes_at' } as const;

export function createIntervalCounters(database: Database): IntervalCounters {
  async function read(name: string): Promise<number> {
    const row = await database.queries
      .withTables<SnapshotTables>()
      .selectFrom('snapshot_counters')
      .select('counted')
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.counted ?? 0;
  }

  async function write(name: string, counted: number): Promise<void> {
    const { dialect, queries } = database;
    const columns = { key: ['name'], replace: ['counted'] };
    await dialect.upsertRows(queries, 'snapshot_counters', [{ name, counted }], columns);
  }

  return {
    position: () => read(names.position),
    doneAtMs: () => read(names.doneAt),
    moveTo: (position) => write(names.position, position),
    doneAt: (ms) => write(names.doneAt, ms),
  };
}
