import { keepTrying, toError, type Clock } from '@fanfare/core';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';

/** What is used of a batch that kafkajs fetched. */
export type FetchedBatch = Pick<
  EachBatchPayload,
  'heartbeat' | 'resolveOffset' | 'commitOffsetsIfNecessary'
> & {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly messages: readonly KafkaMessage[];
  };
};

export interface HandleBatchOptions<Item> {
  readonly clock: Clock;
  /** At most so many messages go to the handler at once. */
  readonly prefetch: number;
  /** What the handler gets of a record. */
  readonly read: (message: KafkaMessage, partition: number) => Item;
  /** See `DeliveryHandler`. */
  readonly handle: (items: readonly Item[], signal: AbortSignal) => Promise<void>;
  /** The subscription closes. */
  readonly signal: AbortSignal;
  /** The handler rejected, and is asked again after the delay. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
  /** Messages were handled and that is committed. */
  readonly onProgress: () => void;
}

/** Well below the time after which the group gives a silent member's partition to another. */
const heartbeatEveryMs = 500;

/**
 * Hands a batch to the handler in pieces, in order, each as often as it takes, and commits each piece that was handled.
 * Returns early when the subscription closes. Throws when the place in the group is lost or has to be left for a
 * moment, so that kafkajs joins again; but never while the handler runs, because what it works on is not another
 * member's yet.
 */
export async function handleBatch<Item>(
  fetched: FetchedBatch,
  options: HandleBatchOptions<Item>,
): Promise<void> {
  const { clock, prefetch, read, handle, onFailure, onProgress } = options;
  const { topic, partition, messages } = fetched.batch;
  const place = keepPlace(fetched.heartbeat, options);
  try {
    for (let from = 0; from < messages.length && !place.signal.aborted; from += prefetch) {
      const piece = messages.slice(from, from + prefetch);
      const handled = await keepTrying(
        async () => {
          await handle(
            piece.map((message) => read(message, partition)),
            place.signal,
          );
          return piece.at(-1);
        },
        { clock, signal: place.signal, onFailure },
      );
      if (!handled) return;
      const next = String(BigInt(handled.offset) + 1n);
      await fetched.commitOffsetsIfNecessary({
        topics: [{ topic, partitions: [{ partition, offset: next }] }],
      });
      fetched.resolveOffset(handled.offset);
      onProgress();
    }
  } finally {
    await place.leave();
  }
}

/** A member's place in its group while it is busy. */
interface Place {
  /** Aborts when the subscription closes, or when the group asks for its partitions back, or may have done so. */
  readonly signal: AbortSignal;
  /** Ends the heartbeats. Throws what the group had to say, or why it could not be heard. */
  leave(): Promise<void>;
}

function keepPlace(
  heartbeat: () => Promise<void>,
  { clock, signal }: Pick<HandleBatchOptions<unknown>, 'clock' | 'signal'>,
): Place {
  const done = new AbortController();
  const letGo = new AbortController();
  const onClose = () => {
    letGo.abort();
  };
  let failure: Error | undefined;

  async function beat(): Promise<void> {
    for (;;) {
      await clock.sleep(heartbeatEveryMs, done.signal);
      if (done.signal.aborted) return;
      // goes on after a failure: a member that is heard keeps its place while its handler finishes
      await heartbeat().catch((error: unknown) => {
        failure ??= toError(error);
        letGo.abort();
      });
    }
  }

  if (signal.aborted) onClose();
  signal.addEventListener('abort', onClose);
  const beating = beat();
  return {
    signal: letGo.signal,
    async leave() {
      signal.removeEventListener('abort', onClose);
      done.abort();
      await beating;
      if (failure) throw failure;
    },
  };
}
