import { eventually } from '@fanfare/core/testing';
import type { Delivery, MessageBus, PublishOptions } from '../bus/message-bus';
import { sampleMessages } from './received';

/** A numbered stream over a bus that may fail: published as a relay does, taken as a consumer with a cursor does. */
export interface TestStream {
  /** Publishes messages 1 to `last` in windows, each until it is confirmed. */
  publishTo(last: number): Promise<void>;
  /** How often a window was refused. */
  readonly refusals: number;
  /** Moves the cursor on; what is below it is a duplicate. */
  take(batch: readonly Delivery[]): void;
  /** Sequence of the last message that was taken in order. */
  readonly cursor: number;
  /** What came where another sequence was due. */
  readonly gaps: readonly string[];
  /** Resolves when all that was published has been taken. */
  complete(): Promise<void>;
}

const windowSize = 20;
/** Longer than any outage that a test makes. */
const outageMs = 40_000;

export function createTestStream(bus: MessageBus, target: PublishOptions): TestStream {
  const gaps: string[] = [];
  let cursor = 0;
  let published = 0;
  let refusals = 0;

  async function publishWindow(from: number): Promise<void> {
    await eventually(
      async () => {
        try {
          await bus.publish(target, sampleMessages(from, from + windowSize - 1));
        } catch (error) {
          refusals += 1;
          throw error;
        }
      },
      { timeoutMs: outageMs },
    );
  }

  return {
    async publishTo(last) {
      for (let from = published + 1; from <= last; from += windowSize) {
        await publishWindow(from);
        published = from + windowSize - 1;
      }
    },
    get refusals() {
      return refusals;
    },
    take(batch) {
      for (const { sequence = 0 } of batch) {
        if (sequence > cursor + 1) gaps.push(`${sequence} after ${cursor}`);
        cursor = Math.max(cursor, sequence);
      }
    },
    get cursor() {
      return cursor;
    },
    gaps,
    async complete() {
      await eventually(
        () => {
          expect(cursor).toBe(published);
        },
        { timeoutMs: outageMs },
      );
    },
  };
}
