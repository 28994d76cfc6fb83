import type { CloudEvent } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { Feed } from './feed';

/** Where a partition of a topic log stands. */
export interface TopicPosition {
  readonly partition: number;
  /** Sequence of the last event that was committed. */
  readonly accepted: number;
  /** Sequence of the last event that the bus has confirmed. */
  readonly published: number;
}

/** The outbox of one topic: its events in commit order, in the database of the service that owns the topic. */
export interface TopicLog extends Feed {
  readonly topic: string;
  readonly partitions: number;
  /** Adds events to the transaction of the change that they tell of; durable with it or not at all. */
  append(tx: Transaction, events: readonly CloudEvent[]): void;
  positions(): Promise<readonly TopicPosition[]>;
}
