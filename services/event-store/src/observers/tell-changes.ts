import { createMutex } from '@fanfare/core';
import type { Signals } from '../live/signals';
import type { Observer } from './observer';
import { signalsOf } from './observer-signals';

/** Tells those who watch this instance of changes of observers, each once, whichever instance made them. */
export interface TellChanges {
  /** Makes a change here, and tells of it when it took place; null stands for an observer that is not there. */
  make(before: Observer | null, after: Observer | null, change: () => Promise<boolean>): Promise<boolean>;
  /**
   * Reads the observers, and tells what others have changed since the last time. What was read while something changed here
   * may be older than that or not: then nothing is told, and `isCurrent` is false.
   */
  read(
    readAll: () => Promise<readonly Observer[]>,
  ): Promise<{ readonly observers: readonly Observer[]; readonly isCurrent: boolean }>;
}

export function createTellChanges(signals: Pick<Signals, 'emit'>): TellChanges {
  /** As they were told of; undefined until they are read for the first time. */
  let told: Map<string, Observer> | undefined;
  /** Of changes that began or ended here. */
  let steps = 0;
  let underWay = 0;
  /** One by one, so that each reading is newer than the one before. */
  const readings = createMutex();

  function tell(before: Observer | null, after: Observer | null): void {
    for (const signal of signalsOf(before, after)) signals.emit(signal);
  }

  function tellOwn(before: Observer | null, after: Observer | null): void {
    const id = (after ?? before)?.id ?? '';
    // together with what another instance has changed before
    tell(told ? (told.get(id) ?? null) : before, after);
    if (after) told?.set(id, after);
    else told?.delete(id);
  }

  function tellOthers(observers: readonly Observer[]): void {
    const now = new Map(observers.map((observer) => [observer.id, observer]));
    if (told) {
      for (const [id, before] of told) tell(before, now.get(id) ?? null);
      for (const [id, after] of now) if (!told.has(id)) tell(null, after);
    }
    told = now;
  }

  return {
    async make(before, after, change) {
      steps += 1;
      underWay += 1;
      try {
        const isMade = await change();
        if (isMade) tellOwn(before, after);
        return isMade;
      } finally {
        steps += 1;
        underWay -= 1;
      }
    },
    read: (readAll) =>
      readings.run(async () => {
        const stepsBefore = steps;
        const observers = await readAll();
        const isCurrent = underWay === 0 && steps === stepsBefore;
        if (isCurrent) tellOthers(observers);
        return { observers, isCurrent };
      }),
  };
}
