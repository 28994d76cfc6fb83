import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventFilter, EventLog, LogEvent } from '@fanfare/storage';
import type { JobRange } from './jobs/job';

export interface RangeRequest extends JobRange {
  readonly filter?: EventFilter | undefined;
}

/** Events may be large: this many are in memory at a time. */
const pageEvents = 100;

/** The events of a part of the log, page by page. Others are served between pages, also where reading never waits. */
export async function* readRange(
  log: Pick<EventLog, 'read'>,
  { after, to, filter }: RangeRequest,
): AsyncGenerator<readonly LogEvent[], void, undefined> {
  for (let position: number | null = after; position !== null && position < to;) {
    const page = await log.read({ position, filter, limit: pageEvents });
    const events = page.events.filter((event) => event.position <= to);
    if (events.length > 0) yield events;
    position = page.nextPosition;
    await nextTurn();
  }
}

/** Position of the last event that was recorded before `time`; 0 when there is none. */
export async function lastBefore(log: Pick<EventLog, 'head' | 'read'>, time: Date): Promise<number> {
  const head = await log.head();
  const { events } = await log.read({ filter: { from: time }, limit: 1 });
  return events[0] ? events[0].position - 1 : head;
}
