import { AppError, computeBackoffDelayMs, createGroupCommit, hasCode, type Clock } from '@fanfare/core';
import type { CommitStore, Tail } from './commit-store';
import { decideAppends, type Decision, type LogView, type Outcome } from './decide-appends';
import type { AppendAnswer } from './event-log';
import type { PreparedAppend } from './prepare-append';
import { loadStreams, type StreamView } from './stream-view';
import { createTurns } from './turns';

/** Beyond this appends no longer share a commit; a single one may be larger. */
const maxSharedEvents = 500;
const maxSharedBytes = 4 * 1024 * 1024;
const maxKnownStreams = 10_000;

/** So long the end of the log is tried for while others move it. */
const patienceMs = 60_000;
/** So often it is tried for at once; who still does not get it gives way. */
const eagerTries = 3;
const contentionBackoff = { firstMs: 2, maxMs: 50 };

export interface WriterDeps {
  readonly store: CommitStore;
  readonly clock: Clock;
  /** Beyond so many waiting appends they are refused with `unavailable`. */
  readonly maxWaiting?: number | undefined;
  /** Told of the head after every commit. */
  readonly onCommit: (head: number) => void;
}

/** What was last known of the log. Only a hint: a decision counts when its tail is still the end of the log. */
interface Known {
  readonly tail: Tail;
  readonly streams: Map<string, StreamView>;
}

/**
 * Appends to the log. Concurrent appends share a commit, of which one is under way at a time. Other processes may write
 * too: a commit is decided on top of a tail and inserted only if that is still the end of the log, so whatever was decided
 * is true when it becomes durable.
 */
export function createWriter({ store, clock, maxWaiting, onCommit }: WriterDeps) {
  const appendTogether = createGroupCommit(appendGroup, {
    ...(maxWaiting !== undefined && { maxWaiting }),
    isOneItemsFault: (error) => !hasCode(error, 'unavailable'),
  });
  const turns = createTurns(clock);
  let known: Known | undefined;

  async function appendGroup(group: readonly PreparedAppend[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const share of splitIntoShares(group)) outcomes.push(...(await appendShare(share)));
    return outcomes;
  }

  async function appendShare(share: readonly PreparedAppend[]): Promise<readonly Outcome[]> {
    await turns.begin();
    const startedMs = clock.elapsedMs();
    for (let tries = 1; clock.elapsedMs() - startedMs < patienceMs; tries += 1) {
      const outcomes = await tryShare(share);
      if (outcomes) {
        turns.end();
        return outcomes;
      }
      if (tries >= eagerTries) await clock.sleep(computeBackoffDelayMs(tries, contentionBackoff));
    }
    throw new AppError('unavailable', 'too many others write to the event log, try again shortly');
  }

  /** Returns null when somebody else has moved the tail meanwhile. */
  async function tryShare(share: readonly PreparedAppend[]): Promise<readonly Outcome[] | null> {
    const { tail, streams } = known ?? { tail: await store.tail(), streams: new Map<string, StreamView>() };
    // whatever comes of the insertion, what was known is no longer sure
    known = undefined;
    const view = await loadView(share, tail, streams);
    const decision = decideAppends(share, view, clock.now().getTime());
    const newTail = await commit(decision, tail);
    if (!newTail) return null;
    putAll(streams, decision.streams);
    known = { tail: newTail, streams };
    onCommit(newTail.position);
    return decision.outcomes;
  }

  /** Adds to `streams` what the share needs of it. */
  async function loadView(
    share: readonly PreparedAppend[],
    tail: Tail,
    streams: Map<string, StreamView>,
  ): Promise<LogView> {
    if (streams.size > maxKnownStreams) streams.clear();
    const names = new Set(share.flatMap(namedStreams));
    putAll(
      streams,
      await loadStreams(
        store,
        [...names].filter((name) => !streams.has(name)),
        tail.position,
      ),
    );
    const ids = share.flatMap(({ appends }) => appends.flatMap(({ events }) => events.map(({ id }) => id)));
    return { tail, streams, events: await store.findEvents(ids, tail.position) };
  }

  /** Answers with the new tail, or null when the decision was made on one that is not the end of the log. */
  async function commit({ commit, cursors }: Decision, tail: Tail): Promise<Tail | null> {
    if (commit) {
      const { recordedAtMs, hash, events } = commit;
      const isInserted = await store.insert(commit, tail);
      return isInserted ? { position: tail.position + events.length, hash, recordedAtMs } : null;
    }
    if (Object.keys(cursors).length > 0) await store.moveCursors(cursors);
    const end = await store.tail();
    return end.position === tail.position && end.hash === tail.hash ? tail : null;
  }

  return async function append(prepared: PreparedAppend): Promise<AppendAnswer> {
    const outcome = await appendTogether(prepared);
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.answer;
  };
}

function namedStreams({ appends, checks }: PreparedAppend): readonly string[] {
  return [...appends.flatMap(({ stream }) => stream?.id ?? []), ...checks.map(({ streamId }) => streamId)];
}

function putAll<Key, Value>(target: Map<Key, Value>, source: ReadonlyMap<Key, Value>): void {
  for (const [key, value] of source) target.set(key, value);
}

function splitIntoShares(group: readonly PreparedAppend[]): readonly (readonly PreparedAppend[])[] {
  const shares: PreparedAppend[][] = [];
  let events = Infinity;
  let bytes = 0;
  for (const append of group) {
    events += append.eventCount;
    bytes += append.bytes;
    if (events > maxSharedEvents || bytes > maxSharedBytes) {
      shares.push([]);
      events = append.eventCount;
      bytes = append.bytes;
    }
    shares.at(-1)?.push(append);
  }
  return shares;
}
