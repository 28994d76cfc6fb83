import type { CloudEvent } from '@fanfare/cloudevents';
import type {
  AppendRequest,
  EventLog,
  ExpectedVersion,
  LogEvent,
  ReadRequest,
} from '../../event-log/event-log';

/** A valid event with this id. */
export function sampleEvent(id: string, more: Partial<CloudEvent> = {}): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: '/test',
    type: 'com.example.thing.happened.v1',
    subject: 'thing-1',
    time: '2026-01-01T00:00:00Z',
    datacontenttype: 'application/json',
    data: { about: id },
    ...more,
  };
}

/** A request that appends sample events to one stream. */
export function toStream(
  id: string,
  expected: ExpectedVersion,
  eventIds: readonly string[],
  more: Partial<CloudEvent> = {},
): AppendRequest {
  const events = eventIds.map((eventId) => sampleEvent(eventId, more));
  return { appends: [{ stream: { id, type: 'thing' }, expected, events }] };
}

/** A request that appends sample events to no stream. */
export function toNoStream(eventIds: readonly string[], more: Partial<CloudEvent> = {}): AppendRequest {
  return {
    appends: [{ stream: null, expected: 'any', events: eventIds.map((id) => sampleEvent(id, more)) }],
  };
}

/** Every event that a read finds, page by page. */
export async function readAll(
  log: EventLog,
  { limit = 100, ...request }: Partial<ReadRequest> = {},
): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  let position = request.position;
  for (;;) {
    const page = await log.read({ ...request, position, limit });
    events.push(...page.events);
    if (page.nextPosition === null) return events;
    position = page.nextPosition;
  }
}

export function idsOf(events: readonly LogEvent[]): readonly string[] {
  return events.map(({ event }) => event.id);
}
