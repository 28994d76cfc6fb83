import type { Worker } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';

/** What a timer belongs to. */
export interface TimerKey {
  /** Names who handles it: `workflow`, `job`. */
  readonly kind: string;
  readonly mediatorKey: number;
  /** Of the object, unique in its kind and mediator. */
  readonly id: string;
}

export interface Timer extends TimerKey {
  readonly dueAt: Date;
}

/**
 * Looks at the object that a timer belongs to and does what is due by now, in a transaction of its own that locks the
 * object first; sets the next timer of the object there. The object is the truth, the timer only says when to look: it may
 * come twice, or after the object has changed.
 */
export type TimerHandler = (timer: Timer) => Promise<void>;

/** Timers that outlive the process: any number of rows, of which an instance watches only those that are due next. */
export interface Timers {
  /** Sets the one timer of its key, in place of what it was set to before; durable with the transaction. */
  set(tx: Transaction, timer: Timer): void;
  /** Takes it back; of what one transaction sets and cancels, the last counts. */
  cancel(tx: Transaction, key: TimerKey): void;
  /** Says who handles the timers of a kind; before the worker starts. */
  handle(kind: string, handler: TimerHandler): void;
  /** Fires what is due, in one instance at a time for each timer; a handler that throws is called again, later each time. */
  readonly worker: Worker;
}
