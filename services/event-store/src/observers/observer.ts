import type { Filter } from '@fanfare/cloudevents';
import { canonicalise } from '@fanfare/storage';

/** Someone who is told of events, as it was asked for. What became of its deliveries stands elsewhere. */
export interface Observer {
  readonly id: string;
  /** Names, types, aliases or patterns, as they were written. */
  readonly eventTypes: readonly string[];
  /** Whether publishing goes on without waiting for it. */
  readonly isAsync: boolean;
  readonly isEnabled: boolean;
  /** `now`, `beginning`, a position or an RFC 3339 time: where it began when it was made. */
  readonly startFrom: string | number;
  /** Where its events are posted, or the place at a message broker where they are put; null for one that fetches them from its mailbox. */
  readonly endpoint: string | null;
  /** For signing, the newest first; two while they are exchanged. */
  readonly secrets: readonly string[];
  /** All must hold. */
  readonly filters: readonly Filter[];
  /** JSONata; null delivers the data as it is. */
  readonly transform: string | null;
  readonly batch: { readonly size: number; readonly waitMs: number } | null;
  readonly rateLimit: RateLimit | null;
  /** Of events that follow each other soon, only the last is delivered. */
  readonly debounce: Debounce | null;
  /** How many subjects are delivered at the same time. */
  readonly concurrency: number;
  readonly handshake: 'off' | 'required';
  readonly retry: RetryTiming;
  readonly breaker: { readonly failures: number; readonly openMs: number };
  readonly timeoutMs: number;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Grows with every change. */
  readonly revision: number;
}

export interface RateLimit {
  readonly perSecond: number;
  /** An expression: the rate is that of each of its values by itself. Null: of all events together. */
  readonly perKey: string | null;
}

export interface Debounce {
  /** An expression: events for which it has the same value take each other's place. */
  readonly key: string;
  /** An event is delivered when none of its key has followed it for so long. */
  readonly periodMs: number;
  /** How long one may be put off when others keep following; null for ever. */
  readonly maxWaitMs: number | null;
}

export interface RetryTiming {
  /** Attempts in all, the first one included. */
  readonly maxAttempts: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
}

/** An observer with the settings of one who asks for nothing in particular. */
export function newObserver(id: string, createdAt: Date): Observer {
  return {
    id,
    eventTypes: [],
    isAsync: true,
    isEnabled: true,
    startFrom: 'now',
    endpoint: null,
    secrets: [],
    filters: [],
    transform: null,
    batch: null,
    rateLimit: null,
    debounce: null,
    concurrency: 1,
    handshake: 'off',
    retry: { maxAttempts: 3, delayMs: 1_000, factor: 2, maxDelayMs: 60_000 },
    breaker: { failures: 5, openMs: 60_000 },
    timeoutMs: 10_000,
    description: null,
    metadata: {},
    createdAt,
    updatedAt: createdAt,
    revision: 1,
  };
}

/** Whether the same was asked for, whenever that was. */
export function isSameDefinition(one: Observer, other: Observer): boolean {
  return definitionOf(one) === definitionOf(other);
}

/** Throws `invalid` for a text that is no Unicode: nobody could keep it, or compare it. */
export function assertDefinition(observer: Observer): void {
  definitionOf(observer);
}

function definitionOf(observer: Observer): string {
  return canonicalise({ ...observer, createdAt: null, updatedAt: null, revision: null });
}
