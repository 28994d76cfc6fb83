import type { CloudEvent } from '@fanfare/contracts';

/** A piece of a topic log. */
export interface FeedPage {
  readonly topic: string;
  readonly partition: number;
  /** How many the topic has; undefined when an owner of release 0.1.0 was asked, which does not say. */
  readonly partitions?: number | undefined;
  /** Sequence of the first event below; greater than asked for when older events are no longer kept. */
  readonly firstSequence: number;
  /** Sequence of the newest event in the log, 0 when there is none yet. */
  readonly head: number;
  /** In order, without holes. Empty when the asked-for sequence is beyond the head. */
  readonly events: readonly CloudEvent[];
}

/** A topic log read by sequence: how a group that misses events gets them. */
export interface Feed {
  /**
   * Up to about `limit` events from sequence `from` (1 is the first). Throws `unavailable` when the owner is away, or when `signal`
   * aborts before it has answered.
   */
  read(partition: number, from: number, limit: number, signal?: AbortSignal): Promise<FeedPage>;
}
