import { partitionKeyOf } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { CursorKey } from '../cursor/cursor';
import { singleEventType, type Incoming, type IncomingEvent, type Malformed } from '../events/event-codec';
import type { ParkedRow } from './parked-store';
import type { Verdict } from './retry-policy';
import type { SortedItems } from './sort-out';

export interface ParkedRowsOptions extends CursorKey {
  readonly clock: Clock;
  readonly newRowId: (item: Incoming) => string;
}

/** The rows of what one partition brought and cannot be applied now. */
export interface ParkedRows {
  ofFailed(item: IncomingEvent, verdict: Verdict): ParkedRow;
  /** Of those that are no events, and of those that have to wait. */
  ofKept(items: Pick<SortedItems, 'malformed' | 'waiting'>): readonly ParkedRow[];
}

const waitsForAnother = 'waits for an earlier event of its key';

export function createParkedRows({
  group,
  topic,
  partition,
  clock,
  newRowId,
}: ParkedRowsOptions): ParkedRows {
  function newRow(item: Incoming) {
    const failedAt = clock.now().getTime();
    return {
      id: newRowId(item),
      group_name: group,
      topic,
      part: partition,
      // an event without a sequence takes its place by the time at which it came
      ordinal: item.sequence ?? failedAt,
      sequence: item.sequence ?? null,
      failed_at: failedAt,
    };
  }

  function ofEvent(item: IncomingEvent, state: ParkedRow['state'], verdict: Verdict): ParkedRow {
    const { event } = item;
    return {
      ...newRow(item),
      event_id: event.id,
      event_type: event.type,
      event_key: partitionKeyOf(event),
      body: Buffer.from(JSON.stringify(event)),
      content_type: singleEventType,
      state,
      attempts: verdict.attempts,
      next_attempt_at: verdict.nextAttemptAt?.getTime() ?? null,
      reason: verdict.reason,
    };
  }

  function ofMalformed(item: Malformed): ParkedRow {
    const unreadable = { event_id: null, event_type: null, event_key: null, next_attempt_at: null };
    const { body, contentType, reason } = item;
    return {
      ...newRow(item),
      ...unreadable,
      body,
      content_type: contentType,
      state: 'dead',
      attempts: 1,
      reason,
    };
  }

  return {
    ofFailed: (item, verdict) => ofEvent(item, verdict.nextAttemptAt ? 'parked' : 'dead', verdict),
    ofKept: ({ malformed, waiting }) => [
      ...malformed.map(ofMalformed),
      ...waiting.map((item) =>
        ofEvent(item, 'parked', { attempts: 0, nextAttemptAt: null, reason: waitsForAnother }),
      ),
    ],
  };
}
