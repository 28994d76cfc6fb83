/** Decides what runs now and what waits. */
export interface Lanes {
  /**
   * Runs `work` as soon as there is room. Of one lane one runs at a time, in the order of the calls; lanes never wait for
   * each other. `work` must not throw.
   */
  run(lane: string, work: () => Promise<void>): Promise<void>;
}

/** Lanes of which `concurrency` at most move at a time. */
export function createLanes(concurrency: number): Lanes {
  const ends = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function runWithRoom(work: () => Promise<void>): Promise<void> {
    if (running < concurrency) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    await work();
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    async run(lane, work) {
      const before = ends.get(lane);
      const own = before ? before.then(() => runWithRoom(work)) : runWithRoom(work);
      ends.set(lane, own);
      await own;
      if (ends.get(lane) === own) ends.delete(lane);
    },
  };
}
