import { setImmediate as nextTick } from 'node:timers/promises';
import { computeBackoffDelayMs, type Clock, type Timer } from '@fanfare/core';
import type { DeliveryHandler, Message } from '../../bus/message-bus';

/** A group's member as a queue sees it. */
export interface Member {
  readonly handle: DeliveryHandler;
  readonly prefetch: number;
  /** Aborts when the member leaves. */
  readonly signal: AbortSignal;
}

/** What one group has still to take from one partition. */
export interface PartitionQueue {
  /** Appends a message; returns false when the queue is full and the message was dropped. */
  offer(message: Message): boolean;
  join(member: Member): void;
  /** Resolves when the member's handler no longer runs. */
  leave(member: Member): Promise<void>;
}

export interface QueueLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export interface PartitionQueueOptions {
  readonly partition: number;
  readonly clock: Clock;
  readonly limits: QueueLimits;
}

/** A member's place at one queue. After a failure it rests, and others may take its turn. */
interface Seat {
  readonly member: Member;
  failures: number;
  rest?: Timer;
}

const redeliveryBackoff = { firstMs: 100, maxMs: 5_000 };

/**
 * A queue with at most one handler call in flight. A message stays at its place until a handler has resolved, so what
 * is handed back comes again in order by itself. Members share the partitions of a group by counting through them;
 * a hand-over happens between two calls, never during one.
 */
export function createPartitionQueue({ partition, clock, limits }: PartitionQueueOptions): PartitionQueue {
  const messages: Message[] = [];
  const ready: Seat[] = [];
  const resting = new Set<Seat>();
  let bytes = 0;
  let running: { readonly seat: Seat; readonly done: Promise<void> } | undefined;

  function wake(): void {
    const seat = ready[partition % ready.length];
    if (running || !seat || messages.length === 0) return;
    const done = handOver(seat).finally(() => {
      running = undefined;
      wake();
    });
    running = { seat, done };
  }

  async function handOver(seat: Seat): Promise<void> {
    const { handle, prefetch, signal } = seat.member;
    const hasLeft = () => signal.aborted;
    await nextTick();
    if (hasLeft()) return;
    const batch = messages.slice(0, prefetch);
    try {
      await handle(batch.map(copyOf), signal);
    } catch {
      if (!hasLeft()) letRest(seat);
      return;
    }
    seat.failures = 0;
    messages.splice(0, batch.length);
    for (const { body } of batch) bytes -= body.length;
  }

  function letRest(seat: Seat): void {
    seat.failures += 1;
    ready.splice(ready.indexOf(seat), 1);
    resting.add(seat);
    seat.rest = clock.setTimer(computeBackoffDelayMs(seat.failures, redeliveryBackoff), () => {
      resting.delete(seat);
      ready.push(seat);
      wake();
    });
  }

  return {
    offer(message) {
      const isFull = messages.length >= limits.maxMessages || bytes + message.body.length > limits.maxBytes;
      if (isFull && messages.length > 0) return false;
      messages.push(message);
      bytes += message.body.length;
      wake();
      return true;
    },
    join(member) {
      ready.push({ member, failures: 0 });
      wake();
    },
    async leave(member) {
      const seat = [...ready, ...resting].find((candidate) => candidate.member === member);
      if (!seat) return;
      seat.rest?.cancel();
      resting.delete(seat);
      if (ready.includes(seat)) ready.splice(ready.indexOf(seat), 1);
      if (running?.seat === seat) await running.done;
      wake();
    },
  };
}

/** Members never share bytes with the publisher or each other, as if the message had travelled. */
export function copyOf(message: Message): Message {
  return { ...message, body: Buffer.from(message.body) };
}
