import type { Clock } from '@fanfare/core';
import type { Worker } from '@fanfare/service-kit';
import type { Part } from './part';

export interface PruningDeps {
  readonly parts: readonly Pick<Part, 'prune'>[];
  readonly clock: Clock;
  readonly retentionMs: number;
}

const everyMs = 3_600_000;

/** So many objects are deleted in one go: few enough that nobody waits long for the locks. */
const pageSize = 500;

/** Deletes what ended longer ago than the retention time, in all parts; with an object its id is free again. */
export function createPruning({ parts, clock, retentionMs }: PruningDeps): Worker {
  async function prune(part: Pick<Part, 'prune'>, signal: AbortSignal): Promise<void> {
    const before = new Date(clock.now().getTime() - retentionMs);
    for (let pruned = pageSize; pruned >= pageSize && !signal.aborted;) {
      pruned = (await part.prune?.(before, pageSize)) ?? 0;
    }
  }

  return {
    name: 'pruning',
    async run(signal) {
      while (!signal.aborted) {
        for (const part of parts) await prune(part, signal);
        await clock.sleep(everyMs, signal);
      }
    },
  };
}
