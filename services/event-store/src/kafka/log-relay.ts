import { keepTrying, type Clock } from '@fanfare/core';
import { createLease, holdLease, type HeldLease, type RecordProducer } from '@fanfare/messaging';
import type { Worker } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { Tail } from '../live/tail';
import { openStreamCursor } from './stream-cursor';
import { toWindows, type RecordWindow } from './to-records';

export interface LogRelayDeps {
  readonly tail: Pick<Tail, 'follow'>;
  readonly producer: Pick<RecordProducer, 'send'>;
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Told when Kafka or the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

/** Under this name the cursor and the lease are kept. */
export const streamName = 'kafka';

/** Short: while it runs out after a crash nothing is sent, and two holders at once would only repeat themselves. */
const leaseTtlMs = 3_000;

/**
 * Sends the log to Kafka, in its order per key, from its beginning. The cursor never passes what Kafka has confirmed, so
 * every event is sent at least once; what is sent again carries the same position. One instance at a time sends.
 */
export function createLogRelay({ tail, producer, database, clock, newId, onFailure }: LogRelayDeps): Worker {
  const name = `stream:${streamName}`;
  const lease = createLease({ database, clock, name, owner: newId(), ttlMs: leaseTtlMs });

  async function send({ records }: RecordWindow): Promise<void> {
    await Promise.all(Object.entries(records).map(([topic, of]) => producer.send(topic, of)));
  }

  /** Sends until the lease is lost. */
  async function relayWhileHeld({ fence, signal }: HeldLease): Promise<void> {
    const cursor = await openStreamCursor(database, streamName, fence);
    for await (const events of tail.follow(cursor.position, signal)) {
      for (const window of toWindows(events)) {
        if (signal.aborted) return;
        await send(window);
        await cursor.save(window.position);
      }
    }
  }

  return {
    name,
    async run(signal) {
      const takeTurn = () => holdLease(lease, { clock, signal }, relayWhileHeld);
      while (!signal.aborted) await keepTrying(takeTurn, { clock, signal, onFailure });
    },
  };
}
