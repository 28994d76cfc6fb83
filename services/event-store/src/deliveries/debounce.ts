import type { LogEvent } from '@fanfare/storage';
import type { Observer } from '../observers/observer';
import { compileLimitKey } from './limit-key';

/** Holds events back until none of their key has followed for a while, and passes over those that one has followed. */
export interface Debounce {
  /** Holds a new event back; says until when, and in whose place it comes: of an earlier event, which is not delivered. */
  readonly enter: (
    logged: LogEvent,
    now: Date,
  ) => { readonly heldUntil: Date; readonly superseded: LogEvent | null };
  /** Until when an event is held back by now; null when it goes, and nothing takes its place any more. */
  readonly heldUntil: (logged: LogEvent, now: Date) => Date | null;
  /** Whether another event has come in its place. */
  readonly isSuperseded: (position: number) => boolean;
}

interface Held {
  readonly logged: LogEvent;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** More than are read from the database at a time, where one may still seem to wait. */
const maxSuperseded = 10_000;

/** Null unless the observer has one. An event without the key shares it with those of its subject. */
export function createDebounce(observer: Pick<Observer, 'debounce'>): Debounce | null {
  const { debounce } = observer;
  if (debounce === null) return null;
  const { periodMs, maxWaitMs } = debounce;
  const keyOf = compileLimitKey(debounce.key);
  const held = new Map<string, Held>();
  const superseded = new Set<number>();

  function noteSuperseded(position: number): void {
    superseded.add(position);
    const [oldest] = superseded;
    if (superseded.size > maxSuperseded && oldest !== undefined) superseded.delete(oldest);
  }

  return {
    enter(logged, now) {
      const key = keyOf(logged);
      const before = held.get(key);
      const sinceMs = before?.sinceMs ?? now.getTime();
      const untilMs = Math.min(now.getTime() + periodMs, sinceMs + (maxWaitMs ?? Infinity));
      held.set(key, { logged, sinceMs, untilMs });
      if (before) noteSuperseded(before.logged.position);
      return { heldUntil: new Date(untilMs), superseded: before?.logged ?? null };
    },
    heldUntil(logged, now) {
      const key = keyOf(logged);
      const own = held.get(key);
      if (own?.logged.position !== logged.position) return null;
      if (own.untilMs > now.getTime()) return new Date(own.untilMs);
      held.delete(key);
      return null;
    },
    isSuperseded: (position) => superseded.has(position),
  };
}
