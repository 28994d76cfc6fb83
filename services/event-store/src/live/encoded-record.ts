import type { LogEvent } from '@fanfare/storage';
import { toEventRecord } from '../events/event-record';

const encoded = new WeakMap<LogEvent, string>();

/** What a stream says of every event: that it was processed comes later, as a signal of its own. */
const justRecorded = { isProcessed: false, processedAt: null };

/** The record of an event as JSON for those who follow the log; encoded once for all of them. */
export function encodedRecord(logged: LogEvent): string {
  let text = encoded.get(logged);
  if (text === undefined) {
    text = JSON.stringify(toEventRecord(logged, justRecorded));
    encoded.set(logged, text);
  }
  return text;
}
