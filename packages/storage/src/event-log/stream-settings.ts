import { AppError } from '@fanfare/core';
import type { CloudEvent } from '@fanfare/cloudevents';
import type { StoredEvent } from './commit-store';
import type { EventFilter, StreamSettings } from './event-log';

/**
 * What is decided about a stream. It is kept in the log itself, in the last event of a stream beside it, as EventStoreDB
 * does: so it is durable, ordered and in the chain like everything else, and a store needs to know nothing of it.
 */
export interface KeptSettings extends StreamSettings {
  /** Version of the settings' own stream, -1 when nothing was ever decided. */
  readonly version: number;
  /** Events of lower versions are deleted. */
  readonly deletedBefore: number;
  /** Deleted for good. */
  readonly isFinal: boolean;
}

export const noSettings: KeptSettings = { version: -1, deletedBefore: 0, isFinal: false };

const settingsPrefix = '$$';
const settingsCategory = '$settings';
const settingsType = 'com.fanfare.stream.settings_changed.v1';

/** What finds every decision about a stream. */
export const settingsEvents: EventFilter = { category: settingsCategory };

/** Id of the stream that holds the settings of another. */
export function settingsStreamOf(streamId: string): string {
  return settingsPrefix + streamId;
}

/** Id of the stream whose settings an event changes; null for any other event. */
export function settingsTargetOf({ streamId, category }: StoredEvent): string | null {
  return category === settingsCategory ? (streamId?.slice(settingsPrefix.length) ?? null) : null;
}

/** Throws `invalid` for a stream that only the log itself writes. */
export function assertNotReserved(streamId: string): void {
  if (streamId.startsWith(settingsPrefix)) {
    throw new AppError('invalid', `the id of a stream does not begin with ${settingsPrefix}`);
  }
}

/** The append that decides anew about a stream, if nobody else has done so since. */
export function settingsAppend(streamId: string, eventId: string, { version, ...data }: KeptSettings) {
  const event: CloudEvent = {
    specversion: '1.0',
    id: eventId,
    source: '/event-log',
    type: settingsType,
    datacontenttype: 'application/json',
    data,
  };
  return {
    stream: { id: settingsStreamOf(streamId), type: settingsCategory },
    expected: version < 0 ? ('none' as const) : version,
    events: [event],
  };
}

/** What such an event decided. */
export function readSettings({ version, data }: StoredEvent): KeptSettings {
  const kept = data ? (JSON.parse(data) as Omit<KeptSettings, 'version'>) : noSettings;
  return { ...kept, version: version ?? -1 };
}
