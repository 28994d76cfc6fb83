import type { Clock } from '../clock';

/** The clock of a process that can be suspended: time goes on, and what it waits for comes when it is resumed. */
export interface SuspendableClock extends Clock {
  suspend(): void;
  resume(): void;
}

export function createSuspendableClock(clock: Clock): SuspendableClock {
  let late: (() => void)[] | undefined;
  const act = (action: () => void) => {
    if (late) late.push(action);
    else action();
  };
  const setTimer = (ms: number, action: () => void) =>
    clock.setTimer(ms, () => {
      act(action);
    });
  return {
    ...clock,
    setTimer,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        void clock.sleep(ms, signal).then(() => {
          act(resolve);
        });
      }),
    suspend() {
      late ??= [];
    },
    resume() {
      const actions = late ?? [];
      late = undefined;
      for (const action of actions) action();
    },
  };
}
