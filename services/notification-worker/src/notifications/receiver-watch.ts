import { AppError, computeBackoffDelayMs, type BackoffPolicy } from '@fanfare/core';
import type { Outcome } from '../channels/channel';
import { isReceiverAway } from './judge-outcomes';

/** Remembers whether the receiver of a channel is away, and for how long to leave it alone. */
export interface ReceiverWatch {
  /** Told of every batch; an empty one says that nothing is left that could not be sent. */
  note(outcomes: readonly Outcome[]): void;
  /** 0 unless the receiver was found away at the last try. */
  pauseMs(): number;
  /** Throws `unavailable` while the receiver was found away at the last try. */
  ping(): Promise<void>;
}

const pauseBackoff: BackoffPolicy = { firstMs: 250, maxMs: 30_000 };

export function createReceiverWatch(channel: string): ReceiverWatch {
  let failures = 0;
  let pauseMs = 0;
  let reason: string | undefined;

  return {
    note(outcomes) {
      const isAway = isReceiverAway(outcomes);
      failures = isAway ? failures + 1 : 0;
      pauseMs = isAway ? computeBackoffDelayMs(failures, pauseBackoff) : 0;
      reason = isAway
        ? outcomes.flatMap((outcome) => ('reason' in outcome ? outcome.reason : []))[0]
        : undefined;
    },
    pauseMs: () => pauseMs,
    async ping() {
      if (reason !== undefined)
        throw new AppError('unavailable', `the receiver of ${channel} is away: ${reason}`);
    },
  };
}
