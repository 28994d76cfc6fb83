import { partitionKeyOf } from '@fanfare/contracts';
import { hasCode, type Clock } from '@fanfare/core';
import { Overtaken, type CursorKey } from '../cursor/cursor';
import type { Incoming, IncomingEvent, Malformed } from '../events/event-codec';
import type { MessagingObserver } from '../messaging-observer';
import type { BlockedKeys } from '../parked/blocked-keys';
import type { DeadLetterPolicy } from '../parked/parked-store';
import { judgeFailure, type RetryPolicy } from '../parked/retry-policy';
import type { PartitionDestination } from './destination';
import { reachedBy } from './plan-batch';
import { traceAttempts } from './trace-attempts';

export interface ApplyBatchOptions extends CursorKey {
  readonly clock: Clock;
  readonly destination: PartitionDestination;
  readonly retry: RetryPolicy;
  readonly onDeadLetter: DeadLetterPolicy;
  readonly blockedKeys: BlockedKeys;
  readonly observer: MessagingObserver;
  /** Called when an event was parked and has a time for its next attempt. */
  readonly onParked: () => void;
}

/** Applies items that are next in line to one partition; the caller sees to it that it is not called twice at once. */
export interface BatchApplier {
  /**
   * Moves the cursor from `applied` over all `items` and returns where it stands. When a batch fails through an
   * event, its items are tried in halves, so that only the culprit is parked. Throws `unavailable` and `Overtaken`,
   * with everything up to the failure done.
   */
  apply(items: readonly Incoming[], applied: number): Promise<number>;
  /** Forgets which keys are blocked, so that they are read again: another member may have changed them. */
  forget(): void;
}

export function createBatchApplier(options: ApplyBatchOptions): BatchApplier {
  const { clock, group, topic, destination, retry, onDeadLetter, blockedKeys, observer } = options;
  const attempts = traceAttempts(options);

  async function applyTogether(items: readonly Incoming[], applied: number): Promise<number> {
    const reached = reachedBy(items, applied);
    const outcomes = await destination.apply(items, { from: applied, to: reached });
    attempts.applied(items, outcomes);
    const nowMs = clock.now().getTime();
    for (const { result, events } of outcomes) {
      if (events.length > 0) observer.applied(group, result, events, nowMs);
    }
    for (const item of items) if (item.kind === 'malformed') reportDead(item);
    return reached;
  }

  async function park(item: IncomingEvent, applied: number, error: unknown): Promise<number> {
    const reached = reachedBy([item], applied);
    const verdict = judgeFailure(error, 1, clock.now(), retry);
    const isKept = await destination.park(item, verdict, { from: applied, to: reached });
    if (!isKept) {
      observer.applied(group, 'duplicate', [item.event], clock.now().getTime());
      return reached;
    }
    attempts.failed(item, verdict, error);
    const isDead = verdict.nextAttemptAt === null;
    if (!isDead || onDeadLetter === 'block') blockedKeys.add(partitionKeyOf(item.event));
    observer.applied(group, isDead ? 'dead' : 'parked', [item.event], clock.now().getTime());
    observer.failed({ topic, group, eventId: item.event.id, attempts: 1, isDead, reason: verdict.reason });
    if (!isDead) options.onParked();
    return reached;
  }

  async function applyInHalves(incoming: readonly Incoming[], applied: number): Promise<number> {
    const items = attempts.begin(incoming);
    try {
      return await applyTogether(items, applied);
    } catch (error) {
      if (error instanceof Overtaken || hasCode(error, 'unavailable')) throw error;
      const [only] = items;
      if (items.length === 1 && only?.kind === 'event') return park(only, applied, error);
      if (items.length === 1) throw error;
      const half = Math.ceil(items.length / 2);
      return applyInHalves(items.slice(half), await applyInHalves(items.slice(0, half), applied));
    }
  }

  function reportDead({ reason, span, body }: Malformed): void {
    attempts.dead(body, { attempts: 1, reason });
    observer.unreadable(group, span);
    observer.failed({ topic, group, eventId: 'unreadable', attempts: 1, isDead: true, reason });
  }

  return {
    async apply(items, applied) {
      let at = applied;
      for (const batch of destination.divide(items)) at = await applyInHalves(batch, at);
      return at;
    },
    forget() {
      blockedKeys.forget();
    },
  };
}
