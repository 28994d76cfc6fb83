import { isPassing, keepTrying, type Clock } from '@fanfare/core';
import { holdLease, type HeldLease, type Lease } from '@fanfare/messaging';
import type { Logger, Worker } from '@fanfare/service-kit';
import type { LogEvent } from '@fanfare/storage';
import { VersionTruncated } from '../aggregates/load-aggregate';
import type { Tail } from '../live/tail';
import type { SnapshotStore } from './snapshot';
import type { TakeSnapshot } from './take-snapshot';

export interface SnapshotWorkerDeps {
  readonly tail: Pick<Tail, 'follow'>;
  readonly store: Pick<SnapshotStore, 'position' | 'moveTo' | 'listOutdated' | 'removeOutdated'>;
  readonly takeSnapshot: TakeSnapshot;
  /** One instance works; several at once would only do the same twice. */
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  /** Events of an aggregate from one snapshot to the next. */
  readonly snapshotEvery: number;
  /** How long it works before it writes down where it is. */
  readonly turnMs: number;
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

const outdatedAtOnce = 100;

/**
 * Follows the log and takes a snapshot of each aggregate after every so many of its events; makes those again that an
 * earlier fold has left. Where it is, is written down with every turn: what it does again after a crash changes nothing.
 */
export function createSnapshotWorker(deps: SnapshotWorkerDeps): Worker {
  const { tail, store, lease, clock, logger, snapshotEvery, turnMs, onFailure } = deps;

  /** False when there can be none. An aggregate that cannot be folded must not hold up the others. */
  async function takeSnapshot(aggregateId: string, version: number): Promise<boolean> {
    try {
      return (await deps.takeSnapshot(aggregateId, version)) !== null;
    } catch (error) {
      if (isPassing(error)) throw error;
      if (!(error instanceof VersionTruncated))
        logger.warn({ err: error, aggregateId, version }, `No snapshot could be taken of ${aggregateId}`);
      return false;
    }
  }

  async function renewOutdated(): Promise<void> {
    for (;;) {
      const outdated = await store.listOutdated(outdatedAtOnce);
      for (const key of outdated) {
        const isRenewed = await takeSnapshot(key.aggregateId, key.version);
        if (!isRenewed) await store.removeOutdated(key);
      }
      if (outdated.length < outdatedAtOnce) return;
    }
  }

  async function followUntil(signal: AbortSignal): Promise<void> {
    const position = await store.position();
    let reached = position;
    for await (const events of tail.follow(position, signal)) {
      for (const { stream, version } of events.filter(isDue)) {
        if (stream && version !== null) await takeSnapshot(stream.id, version);
      }
      reached = events.at(-1)?.position ?? reached;
    }
    if (reached > position) await store.moveTo(reached);
  }

  function isDue({ version }: LogEvent): boolean {
    return version !== null && (version + 1) % snapshotEvery === 0;
  }

  async function takeTurn(signal: AbortSignal): Promise<void> {
    await renewOutdated();
    const turn = new AbortController();
    const end = () => {
      turn.abort();
    };
    const timer = clock.setTimer(turnMs, end);
    signal.addEventListener('abort', end, { once: true });
    try {
      if (!signal.aborted) await followUntil(turn.signal);
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', end);
    }
  }

  async function workWhileHeld({ signal }: HeldLease): Promise<void> {
    while (!signal.aborted) await takeTurn(signal);
  }

  return {
    name: 'snapshots',
    async run(signal) {
      const work = () => holdLease(lease, { clock, signal }, workWhileHeld);
      while (!signal.aborted) await keepTrying(work, { clock, signal, onFailure });
    },
  };
}
