import { toError, type Clock } from '@fanfare/core';
import type { WindowCount, WindowCounter } from '@fanfare/storage';
import type { Logger } from '../logging/logger';

export interface InsuredCounterOptions {
  /** Where all instances count together. */
  readonly shared: WindowCounter;
  /** Counts for this instance alone while `shared` is away. */
  readonly spare: { count(key: string): WindowCount };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** While the server is away, so often one caller tries it; the others do not wait for it. */
const tryAgainMs = 1_000;

/** Counts together with other instances, or alone where that cannot be: nobody is refused because a server is away. */
export function createInsuredCounter(options: InsuredCounterOptions): Pick<WindowCounter, 'count'> {
  const { shared, spare, clock, logger } = options;
  let isAway = false;
  let tryAtMs = 0;

  async function countTogether(key: string): Promise<WindowCount> {
    try {
      const counted = await shared.count(key);
      if (isAway) logger.info('requests are counted together with other instances again');
      isAway = false;
      return counted;
    } catch (error) {
      if (!isAway) {
        logger.warn(
          { err: toError(error) },
          'the rate limit holds for this instance alone: its server is away',
        );
      }
      isAway = true;
      tryAtMs = clock.elapsedMs() + tryAgainMs;
      return spare.count(key);
    }
  }

  return {
    count(key) {
      if (isAway) {
        const nowMs = clock.elapsedMs();
        if (nowMs < tryAtMs) return spare.count(key);
        tryAtMs = nowMs + tryAgainMs;
      }
      return countTogether(key);
    },
  };
}
