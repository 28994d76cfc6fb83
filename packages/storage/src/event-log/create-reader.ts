import { AppError, type Clock } from '@fanfare/core';
import type { CommitStore } from './commit-store';
import { decodeEvent } from './encode-event';
import type { EventLog } from './event-log';
import { firstVersionOf, loadStreams, toStreamState, versionOf, type StreamView } from './stream-view';

export type Reader = Pick<EventLog, 'read' | 'readStream' | 'findEvent' | 'findStream'>;

const end = Number.MAX_SAFE_INTEGER;

/** Reads events and streams, leaving out of streams what their settings hide. */
export function createReader({ store, clock }: { store: CommitStore; clock: Clock }): Reader {
  async function loadStream(id: string): Promise<StreamView | undefined> {
    return (await loadStreams(store, [id])).get(id);
  }

  async function findFirstVersion(id: string, view: StreamView): Promise<number> {
    const first = firstVersionOf(view);
    const { maxAgeMs } = view.settings;
    if (maxAgeMs === undefined) return first;
    const from = new Date(clock.now().getTime() - maxAgeMs);
    const place = { position: 0, direction: 'forwards', limit: 1 } as const;
    const [youngEnough] = await store.readEvents({ streamId: id, from }, place);
    return Math.max(first, youngEnough?.version ?? (view.stored?.version ?? -1) + 1);
  }

  return {
    async read({
      direction = 'forwards',
      position = direction === 'forwards' ? 0 : end,
      filter = {},
      limit,
    }) {
      assertLimit(limit);
      // one more tells whether there is more
      const found = await store.readEvents(filter, { position, direction, limit: limit + 1 });
      const events = found.slice(0, limit).map(decodeEvent);
      return { events, nextPosition: found.length > limit ? (events.at(-1)?.position ?? null) : null };
    },

    async readStream(streamId, { from = 0, to = end, direction = 'forwards', limit = end } = {}) {
      assertLimit(limit);
      const view = await loadStream(streamId);
      if (!view || versionOf(view) < 0) return [];
      const first = Math.max(from, await findFirstVersion(streamId, view));
      const events = await store.readStream(streamId, { from: first, to, direction, limit });
      return events.map(decodeEvent);
    },

    async findEvent(id) {
      const stored = (await store.findEvents([id])).get(id);
      return stored ? decodeEvent(stored) : null;
    },

    async findStream(id) {
      const view = await loadStream(id);
      return view ? toStreamState(id, view, await findFirstVersion(id, view)) : null;
    },
  };
}

function assertLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new AppError('invalid', 'a limit is a whole number from 1');
}
