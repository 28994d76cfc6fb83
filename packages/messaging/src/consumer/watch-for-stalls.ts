import type { Clock } from '@fanfare/core';
import type { Cursor } from '../cursor/cursor';
import type { Feed, FeedPage } from '../feed/feed';
import type { MessagingObserver } from '../messaging-observer';
import type { PartitionReader } from './partition-reader';

export interface WatchOptions {
  readonly partition: number;
  /** How many the group is set to. */
  readonly partitions: number;
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
 * Compares a group with its owner's log, soon after the start and then every `feedCheckMs`. A group that has not moved
 * since the last look although there is something to apply has missed it on the bus, and reads it from the feed. One that
 * moves is left alone: what it lacks is on its way. What no reading mends is told.
 */
export async function watchForStalls(options: WatchOptions): Promise<void> {
  const { partition, cursor, reader, feed, clock, observer, group, topic, feedCheckMs, signal } = options;

  async function check(lastSeen: number): Promise<number> {
    const applied = await cursor.load();
    const page = await feed.read(partition, applied + 1, 0, signal);
    for (const problem of findMismatches(options, applied, page)) {
      observer.mismatch({ topic, group, partition }, problem);
    }
    if (page.head <= applied || applied !== lastSeen) return applied;
    await reader.catchUp(signal);
    return cursor.load();
  }

  const isRunning = () => !signal.aborted;
  let lastSeen = -1;
  for (let delayMs = firstCheckMs; isRunning(); delayMs = Math.min(feedCheckMs, delayMs * 2)) {
    try {
      lastSeen = lastSeen === -1 ? await cursor.load() : await check(lastSeen);
    } catch (error) {
      if (isRunning()) observer.waiting(`feed check of ${group} on ${topic}/${partition}`, error, delayMs);
    }
    await clock.sleep(delayMs, signal);
  }
}

/** What does not fit, in words that say what to do. */
function findMismatches(
  { topic, partition, partitions }: WatchOptions,
  applied: number,
  { head, partitions: owned = partitions }: FeedPage,
): readonly string[] {
  const problems: string[] = [];
  if (owned !== partitions) {
    problems.push(
      `this group is set to ${partitions} partitions, the owner of ${topic} has ${owned}: set them alike ` +
        `(${topic.toUpperCase()}_PARTITIONS=${owned})`,
    );
  }
  if (head < applied) {
    problems.push(
      `the log of ${topic}/${partition} ends at ${head}, before ${applied}, which this group has applied: its owner was set ` +
        'back. What it accepts is lost to this group until its head in topic_counters is raised above all cursors ' +
        '(docs/runbook.md)',
    );
  }
  return problems;
}
