import { AppError, type Clock } from '@fanfare/core';
import type { Channel } from 'amqplib';
import type { DeliveryHandler } from '../../bus/message-bus';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import { consumeAgain } from '../consume-again';
import { within } from '../within';
import { closeChannel, openChannel } from './channel';
import type { AmqpConnection } from './connection';
import { createDeliveries, type Deliveries } from './deliveries';
import type { FairShare } from './fair-share';
import { countConsumers, type GroupTopology, type Topology } from './topology';
import { toDelivery } from './wire';

export interface PartitionConsumerOptions {
  readonly connection: AmqpConnection;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
  readonly topology: Topology;
  readonly target: GroupTopology;
  readonly partition: number;
  readonly prefetch: number;
  readonly handle: DeliveryHandler;
  /** What the subscription's consumers know of each other. */
  readonly share: FairShare;
  /** Ends the consumer; the handler that runs is waited for and its messages are acknowledged. */
  readonly signal: AbortSignal;
}

const setupTimeoutMs = 10_000;

/**
 * Consumes one partition on a channel of its own until `signal` aborts, whatever happens to the channel, the queue or
 * the broker meanwhile.
 *
 * Messages are handed back only by closing the channel: then they return to their places. A `nack` with requeue puts
 * them behind those already delivered on a quorum queue (rabbitmq-server issues 6804 and 10499).
 */
export function consumePartition(options: PartitionConsumerOptions): Promise<void> {
  const { observer, target, partition } = options;
  return consumeAgain((onProgress) => consumeOnce(options, onProgress), {
    ...options,
    onFailure: (error, delayMs) => {
      observer.waiting(`${target.group} on ${target.topic}/${partition}`, error, delayMs);
    },
  });
}

/**
 * Returns when `signal` aborts, or when the partition was left to another member of the group.
 * Throws when the handler does, or when the channel or the queue is lost.
 */
async function consumeOnce(options: PartitionConsumerOptions, onProgress: () => void): Promise<void> {
  const { connection, clock, target, partition, share, signal } = options;
  const model = await connection.opened(signal);
  const channel = await setUp(options, 'opening a channel', async (gaveUp) => {
    const opened = await openChannel(model);
    if (gaveUp.aborted) void closeChannel(opened, clock);
    return opened;
  });
  const deliveries = createDeliveries();
  const ended = new AbortController();
  const end = () => {
    ended.abort();
    deliveries.end();
  };
  channel.on('close', end);
  signal.addEventListener('abort', end);
  try {
    await startConsuming(channel, options, deliveries, ended.signal);
    const isLeft = share
      .isToLeave(partition, () => countConsumers(channel, target), ended.signal)
      .catch(() => false); // the channel is gone, and says so itself
    void isLeft.then((decision) => {
      if (decision) deliveries.end();
    });
    await handleInOrder(channel, deliveries, options, onProgress);
    end();
    if (!signal.aborted && !(await isLeft)) throw new AppError('unavailable', 'RabbitMQ ended the consumer');
  } finally {
    end();
    signal.removeEventListener('abort', end);
    share.left(partition);
    await closeChannel(channel, clock);
  }
}

async function startConsuming(
  channel: Channel,
  options: PartitionConsumerOptions,
  deliveries: Deliveries,
  ended: AbortSignal,
): Promise<void> {
  const { topology, target, partition, prefetch } = options;
  const queue = await setUp(options, 'declaring a queue', () =>
    topology.declareGroupPartition(channel, target, partition),
  );
  const subscribed = setUp(options, 'subscribing', async () => {
    await channel.prefetch(prefetch);
    await channel.consume(queue, (message) => {
      if (message) deliveries.push(message);
      else deliveries.end(); // the broker ended the consumer: the queue was deleted or its node went down
    });
  });
  await topology.untilAnswered(queue, subscribed, ended);
  await setUp(options, 'joining the group', () => topology.joinMembers(channel, target));
}

function setUp<T>(
  { clock, signal }: PartitionConsumerOptions,
  what: string,
  action: (gaveUp: AbortSignal) => Promise<T>,
): Promise<T> {
  return within({ clock, ms: setupTimeoutMs, what, signal }, action);
}

async function handleInOrder(
  channel: Channel,
  deliveries: Deliveries,
  { partition, prefetch, handle, share, signal }: PartitionConsumerOptions,
  onProgress: () => void,
): Promise<void> {
  // while one half is handled, the broker fills up the other
  const max = Math.ceil(prefetch / 2);
  for (let batch = await deliveries.take(max); batch; batch = await deliveries.take(max)) {
    share.took(partition);
    await handle(
      batch.map((message) => toDelivery(message, partition)),
      signal,
    );
    onProgress();
    const last = batch.at(-1);
    if (last) channel.ack(last, true);
  }
}
