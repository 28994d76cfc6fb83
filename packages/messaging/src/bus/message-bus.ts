/**
 * A message as a bus carries it: bytes for one partition of a topic. What is in it (one event or a batch of them)
 * is not the bus's business; see `event-codec.ts`.
 */
export interface Message {
  readonly partition: number;
  /** Goes to the wire as the message id; the id of the first event. */
  readonly id: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** Sequence of the first event in the topic log; undefined when a foreign producer sent the message. */
  readonly sequence?: number | undefined;
  /** How many events the body holds; 1 when unknown. */
  readonly count: number;
}

/** A message that was handed to a group's member. */
export type Delivery = Message;

/**
 * Handles deliveries of one partition, in order. Resolving acknowledges them all. Rejecting, or a bus that closes,
 * hands them all back: they come again, in order, before anything later of the same partition.
 * `signal` aborts when the subscription closes: a handler that waits gives up then, by rejecting.
 */
export type DeliveryHandler = (deliveries: readonly Delivery[], signal: AbortSignal) => Promise<void>;

export interface SubscribeOptions {
  readonly topic: string;
  /** Members with the same group share the group's one copy of the topic. */
  readonly group: string;
  /** How many partitions the topic has, numbered from 0. */
  readonly partitions: number;
  /** At most this many messages of a partition are handed over before they are acknowledged. */
  readonly prefetch?: number;
}

export interface Subscription {
  /** Stops deliveries and waits for the handlers that run; what was not acknowledged goes back. Idempotent. */
  close(): Promise<void>;
}

/** A topic that is published to or subscribed to, and how many partitions it has. */
export interface PublishOptions {
  readonly topic: string;
  readonly partitions: number;
}

/**
 * Moves bytes from whoever publishes to every group that subscribes.
 *
 * - Delivery: at least once to each group, from when the group first subscribed. A durable bus keeps messages over
 *   restarts; what a bus may still lose is fetched from the topic log, so nothing above depends on it.
 * - Order: per partition, for each group, across redelivery, reconnection and the take-over by another member.
 * - Concurrency: one member of a group at a time handles a partition; partitions are independent.
 * - Connections come back by themselves with growing, jittered delays; subscriptions go on after that. Opening never
 *   fails because the broker is away.
 * - Names of topics and groups have 1 to 100 letters, digits, `_` or `-`; others are refused with `invalid`.
 */
export interface MessageBus {
  /** Resolves when the broker has taken responsibility for every message; rejects with `unavailable` otherwise. */
  publish(options: PublishOptions, messages: readonly Message[]): Promise<void>;
  /** Resolves at once; delivery begins as soon as the broker can be reached. */
  subscribe(options: SubscribeOptions, handle: DeliveryHandler): Promise<Subscription>;
  /** Resolves when the broker can be used, for all that was asked of it; throws `unavailable` when not, within 2 s. */
  ping(): Promise<void>;
  /** Closes subscriptions, waits for publishes under way, closes the connection. Idempotent. */
  close(): Promise<void>;
}
