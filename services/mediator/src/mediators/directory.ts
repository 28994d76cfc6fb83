import type { Transaction } from '@fanfare/storage';
import type { Colleague } from './colleague';
import type { Mediator } from './mediator';

/** A mediator with those who are registered with it, longest first. */
export interface MediatorEntry {
  readonly mediator: Mediator;
  readonly colleagues: ReadonlyMap<string, Colleague>;
}

/**
 * Who is there: the one way in which the other parts find mediators and colleagues. A change is seen at once in every
 * instance; that a silent colleague has returned, at once in the one that it calls, in the others within a second.
 */
export interface Directory {
  /** As committed last. Throws `mediator-not-found`. Not for use inside a transaction. */
  find(name: string): Promise<MediatorEntry>;
  /**
   * The same, inside a transaction: until its end neither the mediator nor its colleagues change. To be called before
   * anything else of the mediator is locked (lock order: mediator, object, message, timer, counters).
   */
  enter(tx: Transaction, name: string): Promise<MediatorEntry>;
  /** The same for what only knows the key; null when the mediator has been removed. */
  enterByKey(tx: Transaction, key: number): Promise<MediatorEntry | null>;
  /** A colleague has made a call: it is alive. Throws `colleague-not-found`. Not for use inside a transaction. */
  noteCall(entry: MediatorEntry, colleagueId: string): Promise<void>;
}
