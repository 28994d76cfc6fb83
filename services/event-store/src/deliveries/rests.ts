import type { Clock } from '@fanfare/core';

/** So many times as long as a writing takes there is none after it. */
const restPerWriting = 20;
const maxRestMs = 250;

/**
 * Puts rests between writings, by the time that the last one took: on a slow disk more gathers for the next one, and what is
 * written is never most of the work. One that comes after a rest begins at once; those that come during it begin together.
 */
export function createRests(clock: Clock): <T>(write: () => Promise<T>) => Promise<T> {
  let restUntilMs = -Infinity;
  let rest: Promise<void> | undefined;
  return async function writeRested(write) {
    const restMs = restUntilMs - clock.elapsedMs();
    if (restMs > 0) {
      // one timer for all: with timers of their own each would be done before the next begins, and none share a commit
      rest ??= clock.sleep(restMs).finally(() => {
        rest = undefined;
      });
      await rest;
    }
    const startedMs = clock.elapsedMs();
    try {
      return await write();
    } finally {
      const endedMs = clock.elapsedMs();
      restUntilMs = endedMs + Math.min((endedMs - startedMs) * restPerWriting, maxRestMs);
    }
  };
}
