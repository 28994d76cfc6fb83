import type { CloudEvent, EventDefinition } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';

/** What a group does with the events of a topic. */
export interface EventHandler {
  /** Events that it handles, each in its newest version, to which older ones are lifted; the others of the topic are passed over. */
  readonly events: readonly Pick<EventDefinition, 'type'>[];
  /**
   * Does beforehand, in transactions of its own, what would be too much for that of `apply`; a failure counts as one of
   * `apply`. Called before each of its calls with the same events and perhaps more, such as some that were applied already:
   * whatever it does has to be repeatable.
   */
  prepare?(events: readonly CloudEvent[]): Promise<void>;
  /**
   * Applies events, in order, inside the transaction that also moves the group's cursor. It must not have effects
   * outside the transaction, and it may be called again with some of the same events when the transaction fails.
   *
   * `PermanentError` makes an event a dead letter at once; `unavailable` pauses the group without spending an attempt;
   * whatever else is thrown parks the event that caused it, to be tried again.
   */
  apply(tx: Transaction, events: readonly CloudEvent[]): Promise<void>;
}
