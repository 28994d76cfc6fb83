import type { Clock } from '@fanfare/core';
import { pingKafka } from './ping';
import { createSender } from './sender';

/** A record to send; its partition follows from its key, as in Kafka's own clients. What `encodeKafka` makes is one. */
export interface OutgoingRecord {
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends records to topics that others read, beside the message bus. */
export interface RecordProducer {
  /**
   * Resolves when every in-sync replica has all records. Per key they lie in the order of the calls, at least once;
   * rejects with `unavailable` otherwise, and so do the calls that wait behind it. A missing topic is created.
   */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  /** Resolves when the broker can be used; throws `unavailable` when not, within 2 s. */
  ping(): Promise<void>;
  /** Waits for what is under way, then disconnects. Idempotent. */
  close(): Promise<void>;
}

export interface RecordProducerOptions {
  readonly clock: Clock;
  readonly name: string;
}

/** Opens a producer at `kafka://host:port` (or several, with commas), without waiting for a broker; none need be there yet. */
export function openRecordProducer(url: string, { clock, name }: RecordProducerOptions): RecordProducer {
  const sender = createSender({ url, name, clock });
  return {
    send: (topic, records) =>
      sender.send(
        { topic },
        records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
      ),
    ping: () => pingKafka({ url, name, clock }),
    close: () => sender.close(),
  };
}
