import { createMutex, keepTrying, type Clock } from '@fanfare/core';
import type { Delivery } from '../bus/message-bus';
import { Overtaken, type Cursor } from '../cursor/cursor';
import type { Incoming } from '../events/event-codec';
import type { Feed } from '../feed/feed';
import type { Gap, MessagingObserver } from '../messaging-observer';
import type { BatchApplier } from './apply-batch';
import { decodeAhead } from './decode-ahead';
import { planBatch } from './plan-batch';
import { readAhead } from './read-ahead';

export interface PartitionReaderOptions {
  readonly clock: Clock;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly feed: Feed;
  readonly cursor: Cursor;
  readonly applier: BatchApplier;
  readonly observer: MessagingObserver;
}

/** Takes the events of one partition in order, whichever way they come, and applies each once. */
export interface PartitionReader {
  /** Resolves when every event is applied, parked or known as a duplicate; rejects when `signal` aborted before. */
  take(deliveries: readonly Delivery[], signal: AbortSignal): Promise<void>;
  /**
   * Reads the feed from the cursor to its end, or until `signal` aborts. Throws `unavailable` when the owner is away, or has not
   * answered when `signal` aborts.
   */
  catchUp(signal: AbortSignal): Promise<void>;
}

interface Filling {
  readonly cause: Gap['cause'];
  readonly signal: AbortSignal;
}

const maxEventsPerTransaction = 1_000;
/**
 * Two small batches begin at least so far apart. A transaction costs nearly the same for one event as for fifty, so under
 * load it pays to let them gather; an event that comes after a quiet moment is applied at once.
 */
const gatherMs = 100;
const smallBatch = 500;

export function createPartitionReader(options: PartitionReaderOptions): PartitionReader {
  const { clock, group, topic, partition, feed, cursor, applier, observer } = options;
  const oneAtATime = createMutex();
  let applied: number | undefined;

  /** Another member may have moved the cursor, or a commit's outcome is unknown: begin from what the database says. */
  function forget(): void {
    applied = undefined;
    applier.forget();
  }

  async function applyFresh(items: readonly Incoming[], from: number): Promise<number> {
    let at = from;
    for (let start = 0; start < items.length; start += maxEventsPerTransaction) {
      at = await applier.apply(items.slice(start, start + maxEventsPerTransaction), at);
      applied = at;
    }
    return at;
  }

  async function passOver(lost: Gap): Promise<void> {
    await cursor.skipLost(lost.from, lost.to);
    observer.gapLost(lost);
    applied = lost.to;
  }

  async function noteFilled(filled: Gap): Promise<void> {
    if (filled.to < filled.from) return;
    await cursor.countFilledGap(filled.to - filled.from + 1);
    observer.gapFilled(filled);
  }

  /** Applies from the feed what is missing up to `to`, page by page, until `signal` aborts. */
  async function fill(from: number, to: number, { cause, signal }: Filling): Promise<void> {
    const place = { topic, group, partition, cause };
    let filledFrom = from;
    let at = from - 1;
    try {
      for await (const { firstSequence, incoming } of readAhead(feed, { partition, from, to, signal })) {
        if (firstSequence > at + 1) {
          await noteFilled({ ...place, from: filledFrom, to: at });
          const lost = { ...place, from: at + 1, to: Math.min(firstSequence - 1, to) };
          filledFrom = lost.to + 1;
          await passOver(lost);
          at = lost.to;
        }
        if (at < to) at = await applyFresh(incoming, at);
        // a group may be behind by more than can be applied before a process that is to stop is ended
        if (signal.aborted) break;
      }
    } finally {
      // also when the owner went away in the middle
      await noteFilled({ ...place, from: filledFrom, to: at });
    }
  }

  async function applyAll(incoming: readonly Incoming[], signal: AbortSignal): Promise<void> {
    let rest = incoming;
    while (rest.length > 0 && !signal.aborted) {
      applied ??= await cursor.load();
      const plan = planBatch(applied, rest);
      const at = await applyFresh(plan.fresh, applied);
      if (plan.gap) await fill(at + 1, plan.gap.to, { cause: 'delivery', signal });
      rest = plan.rest;
    }
  }

  function reportDuplicates(duplicates: readonly Incoming[]): void {
    const events = duplicates.flatMap((item) => (item.kind === 'event' ? item.event : []));
    if (events.length > 0) observer.applied(group, 'duplicate', events, clock.now().getTime());
  }

  async function applyUntilDone(incoming: readonly Incoming[], signal: AbortSignal): Promise<void> {
    let isReported = false;
    const applyIncoming = async () => {
      applied ??= await cursor.load();
      // once only: when it is tried again, what was applied the first time stands below the cursor too
      if (!isReported) reportDuplicates(planBatch(applied, incoming).duplicates);
      isReported = true;
      await applyAll(incoming, signal);
    };
    await keepTrying(applyIncoming, {
      clock,
      signal,
      onFailure: (error, delayMs) => {
        forget();
        if (!signal.aborted && !(error instanceof Overtaken))
          observer.waiting(`${group} on ${topic}/${partition}`, error, delayMs);
      },
    });
    signal.throwIfAborted();
  }

  return {
    take: (deliveries, signal) =>
      oneAtATime.run(async () => {
        const startedMs = clock.elapsedMs();
        let taken = 0;
        for await (const incoming of decodeAhead(deliveries, maxEventsPerTransaction)) {
          await applyUntilDone(incoming, signal);
          taken += incoming.length;
        }
        const untilNextMs = startedMs + gatherMs - clock.elapsedMs();
        if (taken < smallBatch && untilNextMs > 0) await clock.sleep(untilNextMs, signal);
      }),
    catchUp: (signal) =>
      oneAtATime.run(async () => {
        forget();
        applied = await cursor.load();
        const { head } = await feed.read(partition, applied + 1, 0, signal);
        if (head > applied && !signal.aborted) await fill(applied + 1, head, { cause: 'catch_up', signal });
      }),
  };
}
