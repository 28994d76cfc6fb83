import type { CloudEvent } from '@fanfare/contracts';
import type { StreamAppend, StreamName } from '@fanfare/storage';
import type { Incoming } from '../events/event-codec';

/** The stream that an event is recorded in; null for an event of no stream. Must not throw. */
export type StreamOf = (event: CloudEvent) => StreamName | null;

/**
 * Divides items into batches that an event log can take at once without changing their order: an append names each
 * stream and each event id once, so a batch ends where a stream that was left, or an id, would come again.
 */
export function divideIntoAppends(
  items: readonly Incoming[],
  streamOf: StreamOf,
): readonly (readonly Incoming[])[] {
  const batches: Incoming[][] = [];
  let admit = createAdmission(streamOf);
  let batch: Incoming[] | undefined;
  for (const item of items) {
    if (item.kind === 'event' && !admit(item.event)) {
      admit = createAdmission(streamOf);
      admit(item.event);
      batch = undefined;
    }
    if (!batch) batches.push((batch = []));
    batch.push(item);
  }
  return batches;
}

/** The events of one such batch, in their order. */
export function toAppends(events: readonly CloudEvent[], streamOf: StreamOf): readonly StreamAppend[] {
  const appends: (StreamAppend & { readonly events: CloudEvent[] })[] = [];
  for (const event of events) {
    const stream = streamOf(event);
    const last = appends.at(-1);
    if (last && isSame(last.stream, stream)) last.events.push({ ...event });
    else appends.push({ stream, expected: 'any', events: [{ ...event }] });
  }
  return appends;
}

/** Tells of each event in turn whether it can still go into the same append as those before it. */
function createAdmission(streamOf: StreamOf): (event: CloudEvent) => boolean {
  const streamIds = new Set<string>();
  const eventIds = new Set<string>();
  let last: StreamName | null = null;
  return (event) => {
    const stream = streamOf(event);
    const comesAgain = stream !== null && streamIds.has(stream.id) && !isSame(stream, last);
    if (comesAgain || eventIds.has(event.id)) return false;
    eventIds.add(event.id);
    if (stream) streamIds.add(stream.id);
    last = stream;
    return true;
  };
}

function isSame(one: StreamName | null, other: StreamName | null): boolean {
  return one?.id === other?.id && one?.type === other?.type;
}
