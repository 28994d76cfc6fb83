import { isPassing, keepTrying, type Clock } from '@fanfare/core';
import { holdLease, type Lease } from '@fanfare/messaging';
import type { Logger, Worker } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import { VersionTruncated } from '../aggregates/load-aggregate';
import type { IntervalCounters } from './interval-counters';
import type { TakeSnapshot } from './take-snapshot';

export interface IntervalSnapshotsDeps {
  readonly log: Pick<EventLog, 'read' | 'head'>;
  readonly counters: IntervalCounters;
  readonly takeSnapshot: TakeSnapshot;
  /** One instance works, for all. */
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  readonly intervalMs: number;
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

const eventsAtOnce = 1_000;

/**
 * Takes a snapshot, as it is then, of each aggregate that has changed since the last time, once in every interval, also when
 * the service is started anew more often than that. What is done again after a crash changes nothing.
 */
export function createIntervalSnapshots(deps: IntervalSnapshotsDeps): Worker {
  const { log, counters, lease, clock, logger, intervalMs, onFailure } = deps;

  async function takeSnapshot(aggregateId: string): Promise<void> {
    try {
      await deps.takeSnapshot(aggregateId);
    } catch (error) {
      if (isPassing(error)) throw error;
      if (!(error instanceof VersionTruncated))
        logger.warn({ err: error, aggregateId }, `No snapshot could be taken of ${aggregateId}`);
    }
  }

  /** What is written meanwhile is left to the next time. Ends early when another instance takes over, or the service stops. */
  async function lookThrough(signal: AbortSignal): Promise<void> {
    const startedMs = clock.now().getTime();
    const head = await log.head();
    let position = await counters.position();
    while (position < head) {
      if (signal.aborted) return;
      const { events } = await log.read({ position, limit: eventsAtOnce });
      const changed = new Set(events.flatMap(({ stream }) => (stream ? [stream.id] : [])));
      for (const id of changed) await takeSnapshot(id);
      position = events.at(-1)?.position ?? head;
      await counters.moveTo(position);
    }
    await counters.doneAt(startedMs);
  }

  async function takeTurn(signal: AbortSignal): Promise<void> {
    const leftMs = (await counters.doneAtMs()) + intervalMs - clock.now().getTime();
    if (leftMs > 0) return clock.sleep(Math.min(leftMs, intervalMs), signal);
    await holdLease(lease, { clock, signal }, (held) => lookThrough(held.signal));
  }

  return {
    name: 'interval-snapshots',
    async run(signal) {
      while (!signal.aborted) await keepTrying(() => takeTurn(signal), { clock, signal, onFailure });
    },
  };
}
