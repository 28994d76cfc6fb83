import type { LogEvent } from '@fanfare/storage';
import type { RetryTiming } from '../observers/observer';
import type { Failure } from './failure';
import { orderKeyOf } from './order-key';
import type { Outcome } from './outcome';
import { planRetry } from './plan-retry';

/** An attempt, as the newest ones are kept. */
export interface AttemptRecord {
  readonly position: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly orderKey: string;
  readonly attempt: number;
  readonly at: Date;
  readonly outcome: Outcome;
}

/** What is to be written down about one event of an observer. */
export interface Effect {
  readonly position: number;
  readonly orderKey: string;
  /** Undefined when it was not tried. */
  readonly attempt?: AttemptRecord;
  /** How it was kept before, and how from now on; undefined when it was or is not. */
  readonly before?: Failure | undefined;
  readonly after?: Failure | undefined;
  /** A later event comes in its place. */
  readonly isSuperseded?: true;
}

export interface JudgeDeps {
  readonly retry: RetryTiming;
  readonly newId: () => string;
  readonly random: () => number;
}

/** What follows from an attempt for an event that was kept as `before`, or was tried for the first time. */
export function judgeOutcome(
  logged: LogEvent,
  before: Failure | undefined,
  outcome: Outcome,
  { now, retry, newId, random }: JudgeDeps & { readonly now: Date },
): Effect {
  const attempts = (before?.attempts ?? 0) + 1;
  const { position, event } = logged;
  const orderKey = before?.orderKey ?? orderKeyOf(event);
  const named = { position, orderKey, eventId: event.id, eventType: event.type };
  const attempt = { ...named, attempt: attempts, at: now, outcome };
  const effect = { position, orderKey, attempt, before };
  if (outcome.result === 'delivered') return effect;
  const delayMs = planRetry(retry, attempts, outcome, random);
  const after: Failure = {
    ...(before ?? newFailure(logged, newId())),
    state: delayMs === null ? 'dead' : 'retry',
    attempts,
    nextAttemptAt: delayMs === null ? null : new Date(now.getTime() + delayMs),
    failedAt: before?.failedAt ?? now,
    lastRetryAt: attempts > 1 ? now : null,
    error: outcome.error,
  };
  return { ...effect, after };
}

/** An event that is not tried, because an earlier one of its subject has failed. */
export function waitBehind(logged: LogEvent, newId: () => string): Effect {
  const after = newFailure(logged, newId());
  return { position: after.position, orderKey: after.orderKey, after };
}

/** An event that is not tried before its time. */
export function holdUntil(logged: LogEvent, heldUntil: Date, newId: () => string): Effect {
  const after: Failure = { ...newFailure(logged, newId()), state: 'retry', nextAttemptAt: heldUntil };
  return { position: after.position, orderKey: after.orderKey, after };
}

/** An event that waited for its time, and is not delivered because a later one comes in its place. */
export function supersede(logged: LogEvent): Effect {
  const before: Failure = { ...newFailure(logged, ''), state: 'retry' };
  return { position: before.position, orderKey: before.orderKey, before, isSuperseded: true };
}

function newFailure({ position, event }: LogEvent, id: string): Failure {
  return {
    id,
    position,
    eventId: event.id,
    eventType: event.type,
    orderKey: orderKeyOf(event),
    state: 'waiting',
    attempts: 0,
    nextAttemptAt: null,
    failedAt: null,
    lastRetryAt: null,
    error: null,
    editedData: null,
  };
}
