import type { Clock } from '@fanfare/core';

/** Keeps one writer of a log that several processes share from holding up the others. */
export interface Turns {
  /** Resolves when it is this writer's turn to commit; nearly always at once. */
  begin(): Promise<void>;
  end(): void;
}

const turnMs = 400;
const pauseMs = 20;

/**
 * Who has just committed knows the end of the log and always comes before those who have to look for it first. So after
 * a while of one commit after the other it makes a pause, long enough for another one to find the end and have the next
 * turn.
 */
export function createTurns(clock: Clock): Turns {
  let beganMs = -Infinity;
  let endedMs = -Infinity;

  return {
    async begin() {
      const nowMs = clock.elapsedMs();
      if (nowMs - endedMs >= pauseMs) {
        beganMs = nowMs;
      } else if (nowMs - beganMs >= turnMs) {
        await clock.sleep(pauseMs);
        beganMs = clock.elapsedMs();
      }
    },
    end() {
      endedMs = clock.elapsedMs();
    },
  };
}
