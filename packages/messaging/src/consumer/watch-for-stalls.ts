import type { Clock } from '@fanfare/core';
import type { Cursor } from '../cursor/cursor';
import type { Feed } from '../feed/feed';
import type { MessagingObserver } from '../messaging-observer';
import type { PartitionReader } from './partition-reader';

export interface WatchOptions {
  readonly partition: number;
  readonly cursor: Cursor;
  readonly reader: PartitionReader;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly observer: MessagingObserver;
  readonly group: string;
  readonly topic: string;
  readonly feedCheckMs: number;
  readonly signal: AbortSignal;
}

const firstCheckMs = 250;

/**
 * Compares the cursor with the owner's head, soon after the start and then every `feedCheckMs`. A group that has not
 * moved since the last look although there is something to apply has missed it on the bus, and reads it from the feed.
 * One that moves is left alone: what it lacks is on its way.
 */
export async function watchForStalls(options: WatchOptions): Promise<void> {
  const { partition, cursor, reader, feed, clock, observer, group, topic, feedCheckMs, signal } = options;

  async function check(lastSeen: number): Promise<number> {
    const applied = await cursor.load();
    if (applied !== lastSeen) return applied;
    const { head } = await feed.read(partition, applied + 1, 0);
    if (head <= applied) return applied;
    await reader.catchUp(signal);
    return cursor.load();
  }

  let lastSeen = -1;
  for (let delayMs = firstCheckMs; !signal.aborted; delayMs = Math.min(feedCheckMs, delayMs * 2)) {
    try {
      lastSeen = lastSeen === -1 ? await cursor.load() : await check(lastSeen);
    } catch (error) {
      observer.waiting(`feed check of ${group} on ${topic}/${partition}`, error, delayMs);
    }
    await clock.sleep(delayMs, signal);
  }
}
