import type { Clock } from '@fanfare/core';
import { within } from '../within';

/** The publishes that are not confirmed yet. */
export interface PublishesUnderWay {
  /** Counts it among them until it ends, and ends as it does. */
  add(publish: Promise<void>): Promise<void>;
  /** Resolves when all have ended, and after 4 s in any case: the rest is refused by the connection's end. */
  settled(): Promise<void>;
}

const lastPublishesMs = 4_000;

export function createPublishesUnderWay(clock: Clock): PublishesUnderWay {
  const publishes = new Set<Promise<void>>();
  return {
    async add(publish) {
      publishes.add(publish);
      try {
        await publish;
      } finally {
        publishes.delete(publish);
      }
    },
    async settled() {
      const patience = { clock, ms: lastPublishesMs, what: 'the last messages' };
      await within(patience, () => Promise.allSettled(publishes)).catch(() => undefined);
    },
  };
}
