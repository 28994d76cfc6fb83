import { partitionKeyOf, type CloudEvent } from '@fanfare/contracts';
import { hasCode, type Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import { CursorMoved, type Cursor } from './cursors';
import { singleEventType, type Incoming, type IncomingEvent, type Malformed } from './event-codec';
import { judgeFailure, type EventHandler, type RetryPolicy, type Verdict } from './event-handler';
import { admitNew } from './inbox';
import type { AppliedResult, MessagingObserver } from './messaging-observer';
import type { DeadLetterPolicy, ParkedRow, ParkedStore } from './parked-store';
import { reachedBy } from './plan-batch';

export interface ApplyBatchOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly handler: EventHandler;
  readonly retry: RetryPolicy;
  readonly onDeadLetter: DeadLetterPolicy;
  readonly cursor: Cursor;
  readonly parked: ParkedStore;
  readonly observer: MessagingObserver;
  /** Called when an event was parked and has a time for its next attempt. */
  readonly onParked: () => void;
}

/** Applies items that are next in line to one partition; the caller sees to it that it is not called twice at once. */
export interface BatchApplier {
  /**
   * Moves the cursor from `applied` over all `items` and returns where it stands. When a transaction fails through an
   * event, its items are tried in halves, so that only the culprit is parked. Throws `unavailable` and `CursorMoved`,
   * with everything up to the failure done.
   */
  apply(items: readonly Incoming[], applied: number): Promise<number>;
  /** Forgets which keys are blocked, so that they are read again: another member may have changed them. */
  forget(): void;
}

type Outcome = ReadonlyMap<AppliedResult, readonly CloudEvent[]>;

export function createBatchApplier(options: ApplyBatchOptions): BatchApplier {
  const { database, clock, group, topic, partition, handler, retry, onDeadLetter, cursor, parked, observer } =
    options;
  const handled = new Set(handler.events.map(({ type }) => type));
  let blockedKeys: Set<string> | undefined;

  /** Keys that wait, read anew while there are any: the retries, here or elsewhere, may have freed them. */
  async function readBlockedKeys(tx: Transaction): Promise<Set<string>> {
    if (blockedKeys?.size === 0) return blockedKeys;
    return parked.blockedKeys(partition, tx);
  }

  async function applyEffects(tx: Transaction, items: readonly Incoming[]): Promise<Outcome> {
    const blocked = await readBlockedKeys(tx);
    const admitted = await admitNew(tx, group, items.filter(isEvent), clock.now());
    const waiting = admitted.filter(({ event }) => blocked.has(partitionKeyOf(event)));
    const open = admitted.filter(({ event }) => !blocked.has(partitionKeyOf(event)));
    const mine = open.filter(({ event }) => handled.has(event.type)).map(({ event }) => event);
    const malformed = items.filter(isMalformed);
    if (mine.length > 0) await handler.apply(tx, mine);
    const rows = [...malformed.map(toDeadRow), ...waiting.map((item) => toParkedRow(item, waitsForAnother))];
    if (rows.length > 0) await parked.insert(tx, rows);
    tx.afterCommit(() => {
      blockedKeys = blocked;
      for (const item of malformed) reportDead(item);
    });
    return new Map<AppliedResult, readonly CloudEvent[]>([
      ['applied', mine],
      ['ignored', open.map(({ event }) => event).filter(({ type }) => !handled.has(type))],
      ['parked', waiting.map(({ event }) => event)],
    ]);
  }

  async function applyTogether(items: readonly Incoming[], applied: number): Promise<number> {
    const reached = reachedBy(items, applied);
    const outcome = await database.transact(async (tx) => {
      if (reached !== applied) await cursor.move(tx, applied, reached);
      return applyEffects(tx, items);
    });
    const nowMs = clock.now().getTime();
    for (const [result, events] of outcome) {
      if (events.length > 0) observer.applied(group, result, events, nowMs);
    }
    return reached;
  }

  async function park(item: IncomingEvent, applied: number, error: unknown): Promise<number> {
    const reached = reachedBy([item], applied);
    const verdict = judgeFailure(error, 1, clock.now(), retry);
    await database.transact(async (tx) => {
      if (reached !== applied) await cursor.move(tx, applied, reached);
      await admitNew(tx, group, [item], clock.now());
      await parked.insert(tx, [toParkedRow(item, verdict)]);
    });
    const isDead = verdict.nextAttemptAt === null;
    if (!isDead || onDeadLetter === 'block') blockedKeys?.add(partitionKeyOf(item.event));
    observer.applied(group, isDead ? 'dead' : 'parked', [item.event], clock.now().getTime());
    observer.failed({ topic, group, eventId: item.event.id, attempts: 1, isDead, reason: verdict.reason });
    if (!isDead) options.onParked();
    return reached;
  }

  async function apply(items: readonly Incoming[], applied: number): Promise<number> {
    try {
      return await applyTogether(items, applied);
    } catch (error) {
      if (error instanceof CursorMoved || hasCode(error, 'unavailable')) throw error;
      const [only] = items;
      if (items.length === 1 && only?.kind === 'event') return park(only, applied, error);
      if (items.length === 1) throw error;
      const half = Math.ceil(items.length / 2);
      return apply(items.slice(half), await apply(items.slice(0, half), applied));
    }
  }

  function toParkedRow(item: IncomingEvent, verdict: Verdict): ParkedRow {
    const { event } = item;
    return {
      ...newRow(item.sequence),
      event_id: event.id,
      event_type: event.type,
      event_key: partitionKeyOf(event),
      body: Buffer.from(JSON.stringify(event)),
      content_type: singleEventType,
      state: verdict.nextAttemptAt || verdict === waitsForAnother ? 'parked' : 'dead',
      attempts: verdict.attempts,
      next_attempt_at: verdict.nextAttemptAt?.getTime() ?? null,
      reason: verdict.reason,
    };
  }

  function toDeadRow({ sequence, body, contentType, reason }: Malformed): ParkedRow {
    const unreadable = { event_id: null, event_type: null, event_key: null, next_attempt_at: null };
    return {
      ...newRow(sequence),
      ...unreadable,
      body,
      content_type: contentType,
      state: 'dead',
      attempts: 1,
      reason,
    };
  }

  function newRow(sequence: number | undefined) {
    const failedAt = clock.now().getTime();
    // an event without a sequence takes its place by the time at which it came
    const ordinal = sequence ?? failedAt;
    const place = { group_name: group, topic, part: partition, ordinal, sequence: sequence ?? null };
    return { id: options.newId(), ...place, failed_at: failedAt };
  }

  function reportDead({ reason, span }: Malformed): void {
    observer.applied(group, 'dead', new Array<CloudEvent>(span), clock.now().getTime());
    observer.failed({ topic, group, eventId: 'unreadable', attempts: 1, isDead: true, reason });
  }

  return {
    apply,
    forget() {
      blockedKeys = undefined;
    },
  };
}

const waitsForAnother: Verdict = {
  attempts: 0,
  nextAttemptAt: null,
  reason: 'waits for an earlier event of its key',
};

function isEvent(item: Incoming): item is IncomingEvent {
  return item.kind === 'event';
}

function isMalformed(item: Incoming): item is Malformed {
  return item.kind === 'malformed';
}
