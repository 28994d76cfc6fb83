import type { Transaction } from '@fanfare/storage';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** A circuit breaker of one observer (M. Nygard, "Release It!", 2007), as it is kept. */
export interface Breaker {
  readonly state: BreakerState;
  /** Failures in a row. */
  readonly failureCount: number;
  readonly successCount: number;
  readonly lastFailureAt: Date | null;
  /** When the next attempt is allowed; null while it is closed. */
  readonly nextAttemptAt: Date | null;
}

/** How far an observer has come. */
export interface DeliveryState {
  readonly observerId: string;
  /** Everything up to this position was delivered, passed over, or waits as a failure of its own. */
  readonly cursor: number;
  readonly breaker: Breaker;
  readonly lastDeliveryAt: Date | null;
  /** Events that failed and are tried again, or wait behind such a one. */
  readonly waiting: number;
  readonly deadLetters: number;
  /** Why nothing is delivered although something could be: the breaker, or a handshake or a log that is away. */
  readonly blockedReason: 'breaker_open' | 'dependency' | null;
}

/** What the deliveries to each observer have come to; kept beside the observers, and changed by whoever serves them. */
export interface DeliveryStates {
  /** For a new observer, in the transaction that makes it: it gets what follows `position`. */
  create(tx: Transaction, observerId: string, position: number): Promise<void>;
  /** Forgets everything: cursor, failures, dead letters, recent deliveries. */
  remove(tx: Transaction, observerId: string): Promise<void>;
  find(observerIds: readonly string[]): Promise<ReadonlyMap<string, DeliveryState>>;
  /** Sets the cursor, back or forth, and drops what waits; dead letters stay. Whoever serves the observer begins again there. */
  reset(observerId: string, position: number): Promise<void>;
  /** Closes breakers; of all observers when none is named. */
  closeBreakers(observerId?: string): Promise<void>;
}
