import { createWakeUp, type Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { MessageBus } from '../bus/message-bus';
import type { Feed } from '../feed/feed';
import type { MessagingObserver } from '../messaging-observer';
import { createBlockedKeys } from '../parked/blocked-keys';
import type { ParkedEvents } from '../parked/parked-events';
import { createParkedStore, type DeadLetterPolicy, type ParkedStore } from '../parked/parked-store';
import { defaultRetryPolicy, type RetryPolicy } from '../parked/retry-policy';
import { createBatchApplier } from './apply-batch';
import type { Destination } from './destination';
import { countMissing, readGroupPositions, type GroupPosition } from './group-positions';
import { createPartitionReader } from './partition-reader';
import { createParkedRetries } from './retry-parked';
import { watchForStalls } from './watch-for-stalls';

/** A group's side of one topic: takes its events, keeps its cursor, retries what failed. */
export interface Consumer {
  readonly topic: string;
  readonly group: string;
  /** A worker: consumes until `signal` aborts, then finishes the batch under way. */
  run(signal: AbortSignal): Promise<void>;
  /** Tries once the parked events that are due; returns how many it was. `run` does it by itself. */
  retryOnce(): Promise<number>;
  positions(): Promise<readonly GroupPosition[]>;
  /** How many events are lost to this group for good; `positions` names them. Asks nobody but the group's own database. */
  countMissing(): Promise<number>;
  /** Events of this group that failed: waiting for a retry, or dead letters. */
  readonly parked: ParkedEvents;
}

export interface PipelineOptions {
  /** Keeps what failed and what was missed. */
  readonly database: Database;
  readonly bus: MessageBus;
  /** The topic log of the topic's owner. */
  readonly feed: Feed;
  readonly clock: Clock;
  readonly observer: MessagingObserver;
  readonly topic: string;
  readonly group: string;
  /** As many as the owner says. */
  readonly partitions?: number;
  readonly retry?: RetryPolicy;
  /** `skip` for effects that commute, `block` where a later event makes no sense without the earlier. */
  readonly onDeadLetter?: DeadLetterPolicy;
  /** How often to compare the cursor with the owner's head, once things have settled. */
  readonly feedCheckMs?: number;
  /** Messages of a partition that are taken from the bus at once. */
  readonly prefetch?: number;
}

/**
 * The consumer pipeline, above every bus and every destination: decode and check → compare with the cursor → fill gaps
 * from the feed → effects and cursor, durable together → acknowledge. Each event has its effect once, and events of one
 * key in order, whatever the bus repeats, loses or hands to another member.
 */
export function createPipeline(
  options: PipelineOptions,
  openDestination: (parked: ParkedStore) => Destination,
): Consumer {
  const { database, bus, feed, clock, observer, topic, group } = options;
  const {
    partitions = 1,
    retry = defaultRetryPolicy,
    onDeadLetter = 'skip',
    feedCheckMs = 60_000,
    prefetch = 192,
  } = options;
  const wakeUp = createWakeUp(clock);
  const { tracer } = observer;
  const onRedrive = wakeUp.wake;
  const parked = createParkedStore({ database, clock, group, topic, onDeadLetter, onRedrive, tracer });
  const destination = openDestination(parked);
  const policy = { clock, observer, retry };
  const retries = createParkedRetries({ ...policy, group, topic, destination, parked, wakeUp });
  const members = Array.from({ length: partitions }, (_, partition) => openMember(partition));

  function openMember(partition: number) {
    const place = { group, topic, partition };
    const blockedKeys = createBlockedKeys(parked, partition);
    const opened = destination.openPartition(partition, blockedKeys);
    const { cursor } = opened;
    const onParked = wakeUp.wake;
    const applier = createBatchApplier({
      ...place,
      ...policy,
      destination: opened,
      onDeadLetter,
      blockedKeys,
      onParked,
    });
    const reader = createPartitionReader({ ...place, clock, observer, feed, cursor, applier });
    return { partition, cursor, reader };
  }

  function memberOf(partition: number) {
    const member = members[partition];
    // rejecting keeps the delivery on the bus: nobody else would apply it
    if (!member)
      throw new Error(`${group} is set to ${partitions} partitions of ${topic}, and got ${partition}`);
    return member;
  }

  return {
    topic,
    group,
    parked,
    retryOnce: retries.retryOnce,
    positions: () => readGroupPositions({ database, feed, parked, group, topic, members }),
    countMissing: () => countMissing(database, { group, topic }),
    async run(signal) {
      const subscription = await bus.subscribe(
        { topic, group, partitions, prefetch },
        async (deliveries, stopped) => {
          const [first] = deliveries;
          if (first) await memberOf(first.partition).reader.take(deliveries, stopped);
        },
      );
      await Promise.all([
        // a feed check may wait for a batch under way, which waits for its dependency until the subscription closes
        retries.run(signal).then(() => subscription.close()),
        ...members.map((member) =>
          watchForStalls({
            ...member,
            group,
            topic,
            partitions,
            feed,
            observer,
            clock,
            feedCheckMs,
            signal,
          }),
        ),
      ]);
    },
  };
}
