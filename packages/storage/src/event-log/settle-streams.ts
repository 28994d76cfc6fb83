import { AppError } from '@fanfare/core';
import type { CommitStore, StoredEvent } from './commit-store';
import { VersionConflict } from './errors';
import type { AppendAnswer, AppendRequest, EventLog } from './event-log';
import {
  noSettings,
  settingsAppend,
  settingsEvents,
  settingsTargetOf,
  type KeptSettings,
} from './stream-settings';
import { loadStreams, versionOf, type StreamView } from './stream-view';

export interface SettleStreamsDeps {
  readonly store: CommitStore;
  readonly newId: () => string;
  /** Appends also to the streams that hold settings. */
  readonly append: (request: AppendRequest) => Promise<AppendAnswer>;
}

export interface StreamSettling extends Pick<EventLog, 'setStreamSettings' | 'deleteStream'> {
  /** Writes all settings anew that stand at or before `position`, for what stands there is about to go. */
  readonly renewSettings: (position: number) => Promise<void>;
}

/** Decides about streams: how long their events are read, and that they are deleted. */
export function createStreamSettling({ store, newId, append }: SettleStreamsDeps): StreamSettling {
  async function changeSettings(
    streamId: string,
    change: (view: StreamView) => KeptSettings | null,
  ): Promise<boolean> {
    for (;;) {
      const view = (await loadStreams(store, [streamId])).get(streamId);
      const settings = change(view ?? { stored: undefined, settings: noSettings });
      if (!settings) return false;
      const expected = view?.stored?.version ?? 'none';
      try {
        await append({
          appends: [settingsAppend(streamId, newId(), settings)],
          checks: [{ streamId, expected }],
        });
        return true;
      } catch (error) {
        // somebody wrote to the stream or decided about it in between
        if (!(error instanceof VersionConflict)) throw error;
      }
    }
  }

  return {
    async setStreamSettings(streamId, { maxAgeMs, maxCount }) {
      assertPositive('maxAgeMs', maxAgeMs);
      assertPositive('maxCount', maxCount);
      await changeSettings(streamId, ({ settings: { version, deletedBefore, isFinal } }) => ({
        version,
        deletedBefore,
        isFinal,
        maxAgeMs,
        maxCount,
      }));
    },

    deleteStream: (streamId, { isFinal = false } = {}) =>
      changeSettings(streamId, ({ stored, settings }) => {
        const isThere = versionOf({ stored, settings }) >= 0;
        if (!stored || settings.isFinal || (!isThere && !isFinal)) return null;
        return { ...settings, deletedBefore: stored.version + 1, isFinal };
      }),

    async renewSettings(position) {
      for await (const event of eachSettingsEvent(store, position)) {
        const target = settingsTargetOf(event);
        if (target === null) continue;
        await changeSettings(target, ({ settings }) =>
          settings.version === event.version ? settings : null,
        );
      }
    },
  };
}

async function* eachSettingsEvent(store: CommitStore, upTo: number): AsyncGenerator<StoredEvent> {
  for (let position = 0; ;) {
    const [event] = await store.readEvents(settingsEvents, { position, direction: 'forwards', limit: 1 });
    if (!event || event.position > upTo) return;
    yield event;
    position = event.position;
  }
}

function assertPositive(name: string, value: number | undefined): void {
  const isRight = value === undefined || (Number.isSafeInteger(value) && value > 0);
  if (!isRight) throw new AppError('invalid', `${name} is a whole number from 1`);
}
