import type { LogEvent } from '@fanfare/storage';
import type { Observer } from '../observers/observer';
import { compileLimitKey } from './limit-key';

/** Spaces the events of each key evenly; those of other keys have turns of their own. */
export interface KeyRate {
  /** Until when an event has to wait for its turn, which it keeps; null when it is its turn, which is spent then. */
  readonly heldUntil: (logged: LogEvent, now: Date) => Date | null;
}

/** Keys whose next turn has come need not be remembered; looked through when there are twice as many as the last time. */
const minKeys = 1_000;

/** Null unless the observer has a rate per key. An event without the key shares its rate with those of its subject. */
export function createKeyRate({ rateLimit }: Pick<Observer, 'rateLimit'>): KeyRate | null {
  const perKey = rateLimit?.perKey ?? null;
  if (rateLimit === null || perKey === null) return null;
  const keyOf = compileLimitKey(perKey);
  const spacingMs = 1_000 / rateLimit.perSecond;
  const nextTurns = new Map<string, number>();
  /** By position. */
  const kept = new Map<number, number>();
  let maxKeys = minKeys;

  function takeTurn(logged: LogEvent, nowMs: number): number {
    const key = keyOf(logged);
    const turnMs = Math.max(nowMs, nextTurns.get(key) ?? nowMs);
    nextTurns.set(key, turnMs + spacingMs);
    if (nextTurns.size > maxKeys) forgetIdle(nowMs);
    return turnMs;
  }

  function forgetIdle(nowMs: number): void {
    for (const [key, turnMs] of nextTurns) if (turnMs <= nowMs) nextTurns.delete(key);
    maxKeys = Math.max(minKeys, nextTurns.size * 2);
  }

  return {
    heldUntil(logged, now) {
      const nowMs = now.getTime();
      const turnMs = kept.get(logged.position) ?? takeTurn(logged, nowMs);
      if (turnMs <= nowMs) kept.delete(logged.position);
      else kept.set(logged.position, turnMs);
      return turnMs <= nowMs ? null : new Date(Math.ceil(turnMs));
    },
  };
}
