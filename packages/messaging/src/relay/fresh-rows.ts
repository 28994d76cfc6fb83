import type { LogRow } from '../outbox/topic-log-rows';

/**
 * The rows that this process appended to a topic log last, so that its relay need not read them back. Never complete:
 * another instance may have appended between them, and the oldest go when there are too many.
 */
export interface FreshRows {
  add(rows: readonly LogRow[]): void;
  /** The rows of a partition that follow each other from right after `published`, at most `limit`; older ones are forgotten. */
  take(part: number, published: number, limit: number): readonly LogRow[];
}

const maxCharacters = 4 * 1024 * 1024;

export function createFreshRows(): FreshRows {
  const parts = new Map<number, LogRow[]>();
  let characters = 0;

  function forget(rows: LogRow[], count: number): void {
    for (const { events } of rows.splice(0, count)) characters -= events.length;
  }

  return {
    add(added) {
      for (const row of added) {
        const rows = parts.get(row.part) ?? [];
        parts.set(row.part, rows);
        // who committed first may be told last
        const place = rows.findLastIndex(({ first_sequence }) => first_sequence < row.first_sequence) + 1;
        rows.splice(place, 0, row);
        characters += row.events.length;
        if (characters > maxCharacters) forget(rows, Math.ceil(rows.length / 2));
      }
    },
    take(part, published, limit) {
      const rows = parts.get(part) ?? [];
      const old = rows.findIndex(({ first_sequence }) => first_sequence > published);
      forget(rows, old === -1 ? rows.length : old);
      let next = published + 1;
      let count = 0;
      for (const { first_sequence, event_count } of rows) {
        if (first_sequence !== next || count === limit) break;
        next += event_count;
        count += 1;
      }
      return rows.slice(0, count);
    },
  };
}
