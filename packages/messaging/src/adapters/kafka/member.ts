import { once } from 'node:events';
import type { Consumer } from 'kafkajs';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import { consumeAgain } from '../consume-again';
import { within } from '../within';
import { createKafkaClient, type KafkaClient } from './client';
import { handleBatch, type FetchedBatch, type HandleBatchOptions } from './handle-batch';
import { ensureTopic } from './topics';

export interface MemberOptions<Item> extends Pick<
  HandleBatchOptions<Item>,
  'clock' | 'prefetch' | 'read' | 'handle'
> {
  readonly url: string;
  /** Begins the id that the group gives to the member. */
  readonly name: string;
  readonly observer: MessageBusObserver;
  readonly topic: string;
  /** Of the consumer group. */
  readonly groupId: string;
  /** At least how many the topic is to have; without it a new one has as many as the broker gives it. */
  readonly partitions?: number;
  /** Ends the membership; the handler that runs is waited for and its messages are committed. */
  readonly signal: AbortSignal;
}

const setupTimeoutMs = 10_000;
const leaveTimeoutMs = 3_000;
/** After so long without a sign of life a member's partitions go to others. */
const sessionTimeoutMs = 10_000;
/** How long the others wait for a member that is to join again, but whose handler runs. */
const rebalanceTimeoutMs = 30_000;
const heartbeatIntervalMs = 500;
/** How long a request for new messages waits for them; closing may take that long. */
const fetchWaitMs = 500;

/** The consumer group of a group in a topic: groups of several topics have nothing to agree on. */
export function consumerGroupOf(topic: string, group: string): string {
  return `${topic}.${group}`;
}

/** Is a member of the group until `signal` aborts, whatever happens to the broker, the group or the topic meanwhile. */
export function beMember<Item>(options: MemberOptions<Item>): Promise<void> {
  const { observer, groupId } = options;
  return consumeAgain((onProgress) => joinOnce(options, onProgress), {
    ...options,
    onFailure: (error, delayMs) => {
      observer.waiting(`consumer group ${groupId}`, error, delayMs);
    },
  });
}

/** Returns when `signal` aborts. Throws when kafkajs gives up. */
async function joinOnce<Item>(options: MemberOptions<Item>, onProgress: () => void): Promise<void> {
  const { url, name, clock, topic, partitions, signal } = options;
  const client = await createKafkaClient({ url, name });
  try {
    const consumer = await within({ clock, ms: setupTimeoutMs, what: 'subscribing', signal }, async () => {
      await ensureTopic(client, { topic, partitions });
      return connectConsumer(client, options);
    });
    await consume(consumer, options, onProgress);
  } finally {
    client.destroy();
  }
}

async function connectConsumer(
  { kafka }: KafkaClient,
  { topic, groupId }: Pick<MemberOptions<unknown>, 'topic' | 'groupId'>,
): Promise<Consumer> {
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
    maxWaitTimeInMs: fetchWaitMs,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  return consumer;
}

/**
 * Joins the group and consumes until `signal` aborts or kafkajs crashes. Then waits for the handler, as long as it takes,
 * and a little for the broker to take note of it.
 */
async function consume<Item>(
  consumer: Consumer,
  options: MemberOptions<Item>,
  onProgress: () => void,
): Promise<void> {
  const { clock, signal } = options;
  const crashed = new Promise<Error>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      resolve(payload.error);
    });
  });
  let handled: Promise<unknown> = Promise.resolve();
  const handle: MemberOptions<Item>['handle'] = (items, handlerSignal) => {
    const result = options.handle(items, handlerSignal);
    handled = result.catch(() => undefined); // its batch hears of it
    return result;
  };
  const joining = consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: (fetched) => takeBatch(fetched, { ...options, handle }, onProgress),
  });
  const left = new AbortController();
  try {
    const closing = signal.aborted ? undefined : once(signal, 'abort', { signal: left.signal });
    const end = await Promise.race([crashed, closing]);
    if (end instanceof Error) throw end;
  } finally {
    left.abort();
    await handled;
    await within({ clock, ms: leaveTimeoutMs, what: 'leaving a group' }, async () => {
      await joining;
      await consumer.disconnect();
    }).catch(() => undefined);
  }
}

function takeBatch<Item>(
  fetched: FetchedBatch,
  options: MemberOptions<Item>,
  onProgress: () => void,
): Promise<void> {
  const { groupId, topic, observer } = options;
  const what = `consumer group ${groupId} on ${topic}/${fetched.batch.partition}`;
  return handleBatch(fetched, {
    ...options,
    onFailure: (error, delayMs) => {
      observer.waiting(what, error, delayMs);
    },
    onProgress,
  });
}
