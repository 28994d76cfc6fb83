import { isPassing, toError, type Clock } from '@fanfare/core';
import type { Worker } from '@fanfare/service-kit';
import type { Part } from './part';

export interface PruningDeps {
  /** Of the worker. */
  readonly name?: string;
  readonly parts: readonly Pick<Part, 'prune'>[];
  readonly clock: Clock;
  readonly retentionMs: number;
  /** Told why something could not be deleted now, and when it is tried again. */
  readonly onFailure: (error: Error, delayMs: number) => void;
}

/** How often is looked: as often as something can have become old, and not more often than is worth it. */
const shortestPauseMs = 1_000;
const longestPauseMs = 3_600_000;

/** So many objects are read, archived and deleted in one go: few enough for the memory, and for who waits for the locks. */
const pageSize = 100;

/** Deletes what ended longer ago than the retention time, in all parts; with an object its id is free again. */
export function createPruning({
  name = 'pruning',
  parts,
  clock,
  retentionMs,
  onFailure,
}: PruningDeps): Worker {
  const everyMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, retentionMs));

  async function prune(part: Pick<Part, 'prune'>, signal: AbortSignal): Promise<void> {
    const before = new Date(clock.now().getTime() - retentionMs);
    for (let pruned = pageSize; pruned >= pageSize && !signal.aborted;) {
      pruned = (await part.prune?.(before, pageSize)) ?? 0;
    }
  }

  /** What could not go, because a store is away or others hold it, goes the next time. */
  async function pruneIfPossible(part: Pick<Part, 'prune'>, signal: AbortSignal): Promise<void> {
    try {
      await prune(part, signal);
    } catch (error) {
      if (!isPassing(error)) throw error;
      onFailure(toError(error), everyMs);
    }
  }

  return {
    name,
    async run(signal) {
      while (!signal.aborted) {
        for (const part of parts) await pruneIfPossible(part, signal);
        await clock.sleep(everyMs, signal);
      }
    },
  };
}
