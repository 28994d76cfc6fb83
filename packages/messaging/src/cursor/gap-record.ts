import type { Database, Queries } from '@fanfare/storage';
import type { CursorKey } from './cursor';

/** What the bus did not bring to a group from one partition, kept in the group's database for the ledger. */
export function createGapRecord({ dialect, queries }: Database, { group, topic, partition }: CursorKey) {
  const place = { group_name: group, topic, part: partition };
  const placeColumns = Object.keys(place);

  return {
    /** Counts events that the feed brought instead. */
    async countFilled(events: number): Promise<void> {
      // only a group whose cursor is kept elsewhere has no row yet: `applied` means nothing then
      const row = { ...place, applied: 0, gaps_filled: events };
      await dialect.upsertRows(queries, 'cursors', [row], { key: placeColumns, add: ['gaps_filled'] });
    },
    /** Notes events that nobody has any more. Noting them again is harmless. */
    async keepLost(through: Queries, from: number, to: number): Promise<void> {
      const row = { ...place, from_sequence: from, to_sequence: to };
      const key = [...placeColumns, 'from_sequence'];
      await dialect.upsertRows(through, 'lost_events', [row], { key, replace: ['to_sequence'] });
    },
  };
}
