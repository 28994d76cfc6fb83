import type { Feed } from './feed';

/**
 * Where services that share a process meet without a server: the memory bus of each topic, and feeds that are read
 * directly. The host makes one and lends it to every service.
 */
export interface LocalHub {
  /** Makes a feed known to the other services of the process. */
  offerFeed(topic: string, feed: Feed): void;
  /** The feed of a topic whose owner runs in this process, or undefined. */
  findFeed(topic: string): Feed | undefined;
}
