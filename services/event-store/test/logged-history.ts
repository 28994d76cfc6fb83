import { createEvent, type CloudEvent } from '@fanfare/cloudevents';
import { resolveEventType } from '@fanfare/contracts';
import type { LogEvent, StreamName } from '@fanfare/storage';

/** What a test says of an event: its name or type, its data, and what else is special about it. */
export interface Happening {
  readonly name: string;
  readonly data?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly isErased?: boolean;
}

const firstAt = Date.parse('2026-03-02T09:00:00.000Z');

/** When event `version` of a history happened, and when it was recorded, a second later. */
export const happenedAt = (version: number) => new Date(firstAt + version * 60_000);
export const recordedAt = (version: number) => new Date(happenedAt(version).getTime() + 1_000);

/** The events of a history as they are appended. */
export function toNewEvents({ id }: StreamName, happenings: readonly Happening[]): readonly CloudEvent[] {
  return happenings.map(({ name, data, metadata }, version) =>
    createEvent({
      id: `${id}-${version}`,
      type: resolveEventType(name),
      source: '/test',
      subject: id,
      time: happenedAt(version).toISOString(),
      ...(metadata && { metadata: JSON.stringify(metadata) }),
      ...(data !== undefined && { data }),
    }),
  );
}

/** The history of one aggregate as the log gives it back: an event a minute. */
export function loggedHistory(stream: StreamName, happenings: readonly Happening[]): readonly LogEvent[] {
  return toNewEvents(stream, happenings).map(({ data, ...event }, version) => {
    const isErased = happenings[version]?.isErased ?? false;
    return {
      position: version + 1,
      stream,
      version,
      recordedAt: recordedAt(version),
      isErased,
      event: { ...event, ...(!isErased && data !== undefined && { data }) },
    };
  });
}
