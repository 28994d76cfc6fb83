import { AppError } from '@fanfare/core';
import { hashCommit } from './chain';
import type { Commit, StoredEvent, StoredStream, Tail } from './commit-store';
import { hasSameContent, type EncodedEvent } from './encode-event';
import { IdReused, StreamDeleted, VersionConflict } from './errors';
import type { AppendAnswer, AppendedEvent, StreamName } from './event-log';
import type { PreparedAppend } from './prepare-append';
import { noSettings, readSettings, settingsTargetOf } from './stream-settings';
import { isAsExpected, versionOf, type StreamView } from './stream-view';

/** The log as far as a group of appends needs to know it, all as of its tail. */
export interface LogView {
  readonly tail: Tail;
  /** Every stream that the appends name, and maybe more. */
  readonly streams: ReadonlyMap<string, StreamView>;
  /** Those of the appends' events that are there already, by id. */
  readonly events: ReadonlyMap<string, StoredEvent>;
}

export type Outcome = { readonly answer: AppendAnswer } | { readonly refusal: AppError };

export interface Decision {
  /** In the order of the appends. */
  readonly outcomes: readonly Outcome[];
  /** Null when nothing is to be added. */
  readonly commit: Commit | null;
  /** All cursors that are to be moved. */
  readonly cursors: Readonly<Record<string, number>>;
  /** The streams as the commit leaves them. */
  readonly streams: ReadonlyMap<string, StreamView>;
}

type StreamOfAppend = PreparedAppend['appends'][number];

/** Decides about appends one after the other, each on top of those before it; one that is refused leaves no trace. */
export function decideAppends(appends: readonly PreparedAppend[], view: LogView, nowMs: number): Decision {
  const draft = createDraft(view, nowMs);
  const outcomes = appends.map((append): Outcome => {
    try {
      assertPossible(append, draft);
      return { answer: place(append, draft) };
    } catch (error) {
      if (error instanceof AppError) return { refusal: error };
      throw error;
    }
  });
  return { outcomes, ...draft.finish() };
}

function assertPossible({ appends, checks }: PreparedAppend, draft: Draft): void {
  const hasNews = appends.map((append) => isToBeAdded(append, draft)).includes(true);
  if (!hasNews) return;
  for (const { streamId, expected } of checks) {
    const stream = draft.stream(streamId);
    if (!isAsExpected(stream, expected)) throw new VersionConflict(streamId, expected, versionOf(stream));
  }
}

/** Whether any event of the append is new. Throws when it must not be added. */
function isToBeAdded({ stream, expected, events }: StreamOfAppend, draft: Draft): boolean {
  const known = events.map((event) => findSame(event, stream, draft));
  const knownCount = known.filter(Boolean).length;
  if (knownCount === events.length) return false;
  if (!stream) return true;
  const view = draft.stream(stream.id);
  if (view.settings.isFinal) throw new StreamDeleted(stream.id);
  if (view.stored && view.stored.category !== stream.type) {
    throw new AppError('conflict', `stream ${stream.id} is of type ${view.stored.category}`);
  }
  const canBegin = knownCount === 0 ? isAsExpected(view, expected) : isEndOf(view, known, knownCount);
  if (!canBegin) throw new VersionConflict(stream.id, expected, versionOf(view));
  return true;
}

/** Whether what is known of an append is its beginning, and the stream ends with it. */
function isEndOf(
  { stored }: StreamView,
  known: readonly (StoredEvent | undefined)[],
  knownCount: number,
): boolean {
  return known.indexOf(undefined) === knownCount && known[knownCount - 1]?.version === stored?.version;
}

function findSame(event: EncodedEvent, stream: StreamName | null, draft: Draft): StoredEvent | undefined {
  const stored = draft.find(event.id);
  if (!stored) return undefined;
  const isSame =
    stored.streamId === (stream?.id ?? null) &&
    stored.category === (stream?.type ?? null) &&
    hasSameContent(stored, event);
  if (!isSame) throw new IdReused(event.id);
  return stored;
}

function place({ appends, cursors }: PreparedAppend, draft: Draft): AppendAnswer {
  const events = appends.flatMap(({ stream, events }) =>
    events.map((event): AppendedEvent => {
      const known = draft.find(event.id);
      const { position, version } = known ?? draft.add(event, stream);
      return { id: event.id, position, version, isRepeated: known !== undefined };
    }),
  );
  draft.moveCursors(cursors);
  const highest = events.reduce((position, event) => Math.max(position, event.position), 0);
  return { position: events.length > 0 ? highest : draft.head(), events };
}

type Draft = ReturnType<typeof createDraft>;

/** The commit in the making, and the log as it will be after it. */
function createDraft({ tail, streams: known, events: knownEvents }: LogView, nowMs: number) {
  // the time of recording never goes back, even if the clock does
  const recordedAtMs = Math.max(nowMs, tail.recordedAtMs);
  const added = new Map<string, StoredEvent>();
  const streams = new Map<string, StreamView>();
  const cursors = new Map<string, number>();

  function streamView(id: string): StreamView {
    return streams.get(id) ?? known.get(id) ?? { stored: undefined, settings: noSettings };
  }

  function extendStream({ id, type }: StreamName): StoredStream {
    const { stored, settings } = streamView(id);
    const extended: StoredStream = stored
      ? { ...stored, version: stored.version + 1, updatedAtMs: recordedAtMs }
      : {
          id,
          category: type,
          version: 0,
          firstVersion: 0,
          createdAtMs: recordedAtMs,
          updatedAtMs: recordedAtMs,
        };
    streams.set(id, { stored: extended, settings });
    return extended;
  }

  function add(encoded: EncodedEvent, stream: StreamName | null): StoredEvent {
    // field by field: to leave one out of a copy is slow, and this runs for every event
    const event: StoredEvent = {
      position: tail.position + added.size + 1,
      recordedAtMs,
      streamId: stream?.id ?? null,
      category: stream?.type ?? null,
      version: stream ? extendStream(stream).version : null,
      attributes: encoded.attributes,
      dataHash: encoded.dataHash,
      salt: encoded.isErased ? null : encoded.salt,
      data: encoded.isErased ? null : encoded.data,
      isBinary: encoded.isBinary,
    };
    added.set(encoded.id, event);
    const target = settingsTargetOf(event);
    if (target !== null) settle(target, event);
    return event;
  }

  function settle(streamId: string, event: StoredEvent): void {
    const view = streams.get(streamId) ?? known.get(streamId);
    if (view) streams.set(streamId, { ...view, settings: readSettings(event) });
  }

  function sealCommit(): Commit {
    const commit = {
      position: tail.position + 1,
      recordedAtMs,
      events: [...added.values()],
      cursors: Object.fromEntries(cursors),
      previousHash: tail.hash,
    };
    return { ...commit, hash: hashCommit(commit) };
  }

  return {
    stream: streamView,
    find: (id: string) => added.get(id) ?? knownEvents.get(id),
    head: () => tail.position + added.size,
    add,
    moveCursors(moved: Readonly<Record<string, number>>) {
      for (const [name, value] of Object.entries(moved)) {
        cursors.set(name, Math.max(value, cursors.get(name) ?? 0));
      }
    },
    finish: () => ({
      commit: added.size > 0 ? sealCommit() : null,
      cursors: Object.fromEntries(cursors),
      streams,
    }),
  };
}
