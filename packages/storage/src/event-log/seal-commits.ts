import type { Sealer } from '../sealing/sealer';
import type { CommitStore, StoredEvent } from './commit-store';

/** Stands where the salt was, which is sealed with the data: with it, data that can be guessed could be proven by its hash. */
export const sealedSalt = 'sealed';

/**
 * A store that never sees data, only what a sealer makes of it, bound to the position and the attributes of the event. The
 * chain covers the data as it was appended; so it is the same with another key, and without any.
 */
export function sealCommits(store: CommitStore, sealer: Sealer): CommitStore {
  const openAll = (events: readonly StoredEvent[]) => events.map((event) => openEvent(event, sealer));

  return {
    ...store,
    insert: (commit, tail) =>
      store.insert(
        sealer.isOn ? { ...commit, events: commit.events.map((event) => sealEvent(event, sealer)) } : commit,
        tail,
      ),
    async readCommits(position, maxEvents) {
      const commits = await store.readCommits(position, maxEvents);
      return commits.map((commit) => ({ ...commit, events: openAll(commit.events) }));
    },
    readEvents: async (filter, place) => openAll(await store.readEvents(filter, place)),
    readStream: async (streamId, range) => openAll(await store.readStream(streamId, range)),
    async findEvents(ids, asOf) {
      const events = await store.findEvents(ids, asOf);
      return new Map([...events].map(([id, event]) => [id, openEvent(event, sealer)]));
    },
  };
}

function sealEvent(event: StoredEvent, sealer: Sealer): StoredEvent {
  const { position, attributes, salt, data } = event;
  if (salt === null || data === null) return event;
  const sealed = sealer.seal(`${salt}:${data}`, placeOf(position), attributes);
  return { ...event, salt: sealedSalt, data: sealed };
}

/** A stored event as it was appended. Throws as `Sealer.open` does. */
export function openEvent(event: StoredEvent, sealer: Sealer): StoredEvent {
  const { position, attributes, salt, data } = event;
  if (salt !== sealedSalt || data === null) return event;
  const opened = sealer.open(data, placeOf(position), attributes);
  const end = opened.indexOf(':');
  return { ...event, salt: opened.slice(0, end), data: opened.slice(end + 1) };
}

function placeOf(position: number): string {
  return `event ${position}`;
}
