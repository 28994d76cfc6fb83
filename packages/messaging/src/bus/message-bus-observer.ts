import type { MessagingObserver } from '../messaging-observer';

/** Told of what a bus meets on its way; a `MessagingObserver` is one. Must not throw. */
export interface MessageBusObserver extends Pick<MessagingObserver, 'waiting'> {
  /**
   * The broker took messages of `topic` and no group of it was there to receive them. Not a failure: a group has a
   * queue from when it first subscribes, and fetches what is older from the feed.
   */
  unrouted?(topic: string, messages: number): void;
}

/** An observer for who does not look. */
export const silentBusObserver: MessageBusObserver = { waiting: () => undefined };
