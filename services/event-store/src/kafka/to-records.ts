import { InvalidEventError, encodeKafka, type CloudEvent } from '@fanfare/cloudevents';
import type { OutgoingRecord } from '@fanfare/messaging';
import type { LogEvent } from '@fanfare/storage';
import { toCloudEvent } from '../events/event-record';

/** Has every event of the log; the key is the subject. */
export const allEventsTopic = 'observer-events';
/** Has the events that belong to an aggregate; the key is its id. */
export const streamEventsTopic = 'event-sourcing-events';

/** Records by their topics. */
export type RecordsByTopic = Readonly<
  Record<typeof allEventsTopic | typeof streamEventsTopic, OutgoingRecord[]>
>;

const maxWindowEvents = 500;
const maxWindowBytes = 1_048_576;

/** What is sent, and confirmed, at a time. */
export interface RecordWindow {
  readonly records: RecordsByTopic;
  /** Of its last event. */
  readonly position: number;
}

/** Lays events out as records, in order, in windows of at most 500 events and about 1 MiB. */
export function* toWindows(events: readonly LogEvent[]): Generator<RecordWindow> {
  let records = noRecords();
  let bytes = 0;
  for (const [index, logged] of events.entries()) {
    const { stream, event, position } = logged;
    const record = toRecord(toCloudEvent(logged));
    records[allEventsTopic].push({ ...record, key: event.subject ?? event.id });
    if (stream) records[streamEventsTopic].push({ ...record, key: stream.id });
    bytes += bytesOf(record);
    const isFull = bytes >= maxWindowBytes || records[allEventsTopic].length >= maxWindowEvents;
    if (!isFull && index < events.length - 1) continue;
    yield { records, position };
    records = noRecords();
    bytes = 0;
  }
}

const noRecords = (): RecordsByTopic => ({ [allEventsTopic]: [], [streamEventsTopic]: [] });

/** An event of the log in binary mode, with its position once more under a name that needs no knowledge of CloudEvents. */
export function toRecord(event: CloudEvent) {
  const { value, headers } = encode(event);
  return { value, headers: { ...headers, position: String(event['position']) } };
}

/** Metadata can be longer than data. */
function bytesOf({ value, headers }: ReturnType<typeof toRecord>): number {
  const texts = [value ?? '', ...Object.values(headers)];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** An event whose data does not fit the charset that it names itself must not stop all that follow it. */
function encode(event: CloudEvent) {
  try {
    return encodeKafka(event, 'binary');
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return encodeKafka(event, 'structured');
  }
}
