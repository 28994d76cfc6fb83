import type { Database, EventLog } from '@fanfare/storage';
import type { Cursor, CursorKey, CursorMove } from '../cursor/cursor';
import { createGapRecord } from '../cursor/gap-record';

/** A cursor that is a named cursor of an event log; what the group missed is kept in its database. */
export interface LogCursor extends Cursor {
  /** What to hand to an append, so that it moves the cursor too. */
  moveOf(move: CursorMove): Readonly<Record<string, number>>;
}

export function createLogCursor(eventLog: EventLog, database: Database, key: CursorKey): LogCursor {
  const name = `${key.group}/${key.topic}/${key.partition}`;
  const gaps = createGapRecord(database, key);
  return {
    load: () => eventLog.cursor(name),
    moveOf: ({ from, to }) => (from === to ? {} : { [name]: to }),
    countFilledGap: (events) => gaps.countFilled(events),
    async skipLost(from, to) {
      await gaps.keepLost(database.queries, from, to);
      await eventLog.append({ appends: [], cursors: { [name]: to } });
    },
  };
}
