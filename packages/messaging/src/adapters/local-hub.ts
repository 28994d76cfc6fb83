import type { Clock } from '@fanfare/core';
import type { Feed } from '../feed/feed';
import { createMemoryBroker, type MemoryBroker } from './memory/broker';

/**
 * Where services that share a process meet without a server: the memory bus of each topic, and feeds that are read
 * directly. The host makes one and lends it to every service.
 */
export interface LocalHub {
  /** Carries the messages of every `memory:` bus that is opened on this hub. */
  readonly broker: MemoryBroker;
  /** Makes a feed known to the other services of the process. */
  offerFeed(topic: string, feed: Feed): void;
  /** The feed of a topic whose owner runs in this process, or undefined. */
  findFeed(topic: string): Feed | undefined;
}

/** Makes the one hub of a process. */
export function createLocalHub({ clock }: { readonly clock: Clock }): LocalHub {
  const feeds = new Map<string, Feed>();
  return {
    broker: createMemoryBroker({ clock }),
    offerFeed: (topic, feed) => void feeds.set(topic, feed),
    findFeed: (topic) => feeds.get(topic),
  };
}
