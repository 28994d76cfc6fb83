/** What makes an event the same when it is delivered again (CloudEvents 1.0.2, `id`). */
export interface InboxKey {
  readonly source: string;
  readonly id: string;
}

/**
 * Remembers which events were handled, so that each takes effect once however often it is delivered.
 *
 * - An event that was handled is not handled again.
 * - Deliveries of one event at the same time wait for the first: when it fails, the next one handles it.
 * - What `handle` throws is thrown, and nothing is remembered.
 */
export interface Inbox<Transaction = undefined> {
  /** `handle` gets the transaction in which the event is remembered, of inboxes that have one. */
  readonly handleOnce: (key: InboxKey, handle: (transaction: Transaction) => Promise<void>) => Promise<void>;
}
