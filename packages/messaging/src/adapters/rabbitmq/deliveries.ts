import type { ConsumeMessage } from 'amqplib';

/** What a queue has handed over and no handler has seen yet. */
export interface Deliveries {
  push(message: ConsumeMessage): void;
  /** No more will be taken: the channel is gone, or its subscription ends. */
  end(): void;
  /** Waits for at least one message, takes all there are up to `max`, and returns null after the end. */
  take(max: number): Promise<readonly ConsumeMessage[] | null>;
}

/** Gathers messages while a handler is busy, so that a slow handler gets few large batches and a fast one small ones. */
export function createDeliveries(): Deliveries {
  const gathered: ConsumeMessage[] = [];
  let isEnded = false;
  let wakeReader: () => void = () => undefined;

  return {
    push(message) {
      gathered.push(message);
      wakeReader();
    },
    end() {
      isEnded = true;
      wakeReader();
    },
    async take(max) {
      if (gathered.length === 0 && !isEnded) {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
      if (isEnded) return null;
      return gathered.splice(0, max);
    },
  };
}
