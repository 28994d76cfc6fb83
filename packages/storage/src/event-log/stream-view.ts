import type { CommitStore, StoredStream } from './commit-store';
import type { ExpectedVersion, StreamState } from './event-log';
import { noSettings, readSettings, settingsStreamOf, type KeptSettings } from './stream-settings';

/** A stream as its events and its settings tell. */
export interface StreamView {
  /** Undefined when it never had an event. */
  readonly stored: StoredStream | undefined;
  readonly settings: KeptSettings;
}

/** Reads streams together with their settings; `asOf` as in `findStreams`. */
export async function loadStreams(
  store: Pick<CommitStore, 'findStreams' | 'readStream'>,
  ids: readonly string[],
  asOf?: number,
): Promise<ReadonlyMap<string, StreamView>> {
  if (ids.length === 0) return new Map();
  const found = await store.findStreams([...ids, ...ids.map(settingsStreamOf)], asOf);
  const views = new Map<string, StreamView>();
  for (const id of ids) {
    const hasSettings = found.has(settingsStreamOf(id));
    const settings = hasSettings ? await loadSettings(store, settingsStreamOf(id)) : noSettings;
    views.set(id, { stored: found.get(id), settings });
  }
  return views;
}

async function loadSettings(store: Pick<CommitStore, 'readStream'>, streamId: string): Promise<KeptSettings> {
  const place = { from: 0, to: Number.MAX_SAFE_INTEGER, direction: 'backwards', limit: 1 } as const;
  const [last] = await store.readStream(streamId, place);
  return last ? readSettings(last) : noSettings;
}

/** Version of the last event of a stream that can be read, -1 of any other. */
export function versionOf({ stored, settings }: StreamView): number {
  if (!stored || settings.isFinal || stored.version < settings.deletedBefore) return -1;
  return stored.version;
}

/** Whether a stream is what an append expects. The last version of a deleted stream is one to go on from. */
export function isAsExpected(view: StreamView, expected: ExpectedVersion): boolean {
  if (expected === 'any') return true;
  if (typeof expected === 'number') return view.stored?.version === expected;
  return versionOf(view) >= 0 === (expected === 'exists');
}

/** Version of the first event that can be read, but for a limit of age. */
export function firstVersionOf({ stored, settings }: StreamView): number {
  if (!stored) return 0;
  const { deletedBefore, maxCount = Infinity } = settings;
  return Math.max(stored.firstVersion, deletedBefore, stored.version + 1 - maxCount);
}

/** What callers see of a stream; null when there is nothing to see. */
export function toStreamState(id: string, view: StreamView, firstVersion: number): StreamState | null {
  const { stored } = view;
  if (!stored || versionOf(view) < 0) return null;
  return {
    name: { id, type: stored.category },
    version: stored.version,
    firstVersion,
    createdAt: new Date(stored.createdAtMs),
    updatedAt: new Date(stored.updatedAtMs),
  };
}
