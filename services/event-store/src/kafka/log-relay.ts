import { keepTrying, type Clock } from '@fanfare/core';
import { createLease, type RecordProducer } from '@fanfare/messaging';
import type { Worker } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { Tail } from '../live/tail';
import { openStreamCursor, type StreamCursor } from './stream-cursor';
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

  /** Prolongs the lease until `turn` ends, and ends the turn when that fails. */
  async function holdLease(fence: number, turn: AbortController): Promise<void> {
    for (;;) {
      await clock.sleep(leaseTtlMs / 3, turn.signal);
      if (turn.signal.aborted) return;
      if ((await lease.acquire()) !== fence) turn.abort();
    }
  }

  async function send({ records }: RecordWindow): Promise<void> {
    await Promise.all(Object.entries(records).map(([topic, of]) => producer.send(topic, of)));
  }

  async function relayFrom(cursor: StreamCursor, turn: AbortController): Promise<void> {
    for await (const events of tail.follow(cursor.position, turn.signal)) {
      for (const window of toWindows(events)) {
        if (turn.signal.aborted) return;
        await send(window);
        if (!(await cursor.save(window.position))) turn.abort();
      }
    }
  }

  /** Sends until `signal` aborts or the lease is lost. */
  async function takeTurn(signal: AbortSignal): Promise<void> {
    const fence = await lease.acquire();
    const cursor = fence === null ? null : await openStreamCursor(database, streamName, fence);
    if (fence === null || !cursor) return clock.sleep(leaseTtlMs / 3, signal);
    const turn = new AbortController();
    const stop = () => {
      turn.abort();
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const work = [relayFrom(cursor, turn), holdLease(fence, turn)];
    try {
      await Promise.race(work);
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
      await Promise.allSettled(work);
    }
  }

  return {
    name,
    async run(signal) {
      while (!signal.aborted) await keepTrying(() => takeTurn(signal), { clock, signal, onFailure });
      await lease.release();
    },
  };
}
