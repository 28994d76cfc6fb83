import { partitionKeyOf, type CloudEvent } from '@fanfare/contracts';
import { maxEventsPerRow, maxRowLength } from '../events/batch-limits';
import type { FeedPage } from '../feed/feed';
import type { MessagingTables } from '../messaging-tables';
import { partitionOf } from './partition';

/** The events of each partition, in the order in which transactions take the counters. */
export function byPartition(
  events: readonly CloudEvent[],
  partitions: number,
): ReadonlyMap<number, readonly CloudEvent[]> {
  if (partitions === 1) return new Map([[0, events]]);
  const groups = new Map<number, CloudEvent[]>();
  for (const event of events) {
    const part = partitionOf(partitionKeyOf(event), partitions);
    const group = groups.get(part);
    if (group) group.push(event);
    else groups.set(part, [event]);
  }
  // every transaction takes its counters in the same order, so that two of them never wait for each other
  return new Map([...groups].sort(([left], [right]) => left - right));
}

/** A row of the log as the relay needs it. */
export type LogRow = Pick<
  MessagingTables['topic_log'],
  'part' | 'first_sequence' | 'event_count' | 'first_id' | 'events'
>;

type Row = Omit<LogRow, 'part'>;

/** Packs events into rows: one for all events of a transaction, or as few as their bounds allow. */
export function toRows(events: readonly CloudEvent[], firstSequence: number): Row[] {
  const rows: Row[] = [];
  let start = 0;
  let texts: string[] = [];
  let bytes = 0;
  const close = () => {
    const first = events[start];
    if (!first) return;
    rows.push({
      first_sequence: firstSequence + start,
      event_count: texts.length,
      first_id: first.id,
      events: `[${texts.join(',')}]`,
    });
    start += texts.length;
    texts = [];
    bytes = 0;
  };
  for (const event of events) {
    const text = JSON.stringify(event);
    if (texts.length === maxEventsPerRow || (texts.length > 0 && bytes + text.length > maxRowLength)) close();
    texts.push(text);
    bytes += text.length;
  }
  if (texts.length > 0) close();
  return rows;
}

interface PageRequest {
  readonly head: number;
  readonly from: number;
  readonly limit: number;
}

/**
 * Takes the asked-for events out of the rows that hold them. A page ends where rows are missing, and the next one begins
 * behind them: so whoever reads on is told of what was taken out, and no event is given the sequence of another.
 */
export function takePage(
  { head, from, limit }: PageRequest,
  rows: readonly Pick<Row, 'first_sequence' | 'event_count' | 'events'>[],
): Pick<FeedPage, 'firstSequence' | 'events'> {
  const events: CloudEvent[] = [];
  let firstSequence: number | undefined;
  for (const row of rows) {
    const isBehindHole = firstSequence !== undefined && row.first_sequence > firstSequence + events.length;
    if (events.length >= limit || isBehindHole) break;
    firstSequence ??= Math.max(from, row.first_sequence);
    const all = JSON.parse(row.events) as CloudEvent[];
    const start = Math.max(0, from - row.first_sequence);
    events.push(...all.slice(start, start + limit - events.length));
  }
  firstSequence ??= Math.max(from, head + 1);
  return { firstSequence, events };
}
