export interface WorkQueueOptions {
  /** So much runs at a time. */
  readonly concurrency: number;
  /** So much may wait. */
  readonly maxQueued: number;
}

/** Decides what runs now and what waits. */
export interface WorkQueue {
  /** Whether as much waits as may wait. Whoever adds work asks first: a batch that fits in part is let in as a whole. */
  isFull(): boolean;
  /**
   * Runs `work` when there is room. Of one lane one runs at a time, in the order of the calls; lanes never wait for
   * each other, and work without a lane for nothing but room.
   */
  run<T>(lane: unknown, work: () => T | Promise<T>): Promise<T>;
  /** Resolves when nothing runs and nothing waits. */
  whenIdle(): Promise<void>;
}

interface Waiting {
  readonly lane: unknown;
  readonly start: () => void;
}

export function createWorkQueue({ concurrency, maxQueued }: WorkQueueOptions): WorkQueue {
  /** The lanes of what runs or is ready, with what waits behind it. */
  const lanes = new Map<unknown, Waiting[]>();
  /** What waits for nothing but room. */
  const ready: Waiting[] = [];
  const idleListeners: (() => void)[] = [];
  let running = 0;
  let waiting = 0;

  async function runNow<T>(lane: unknown, work: () => T | Promise<T>): Promise<T> {
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      leaveLane(lane);
      startReady();
    }
  }

  function leaveLane(lane: unknown): void {
    if (lane === undefined) return;
    const next = lanes.get(lane)?.shift();
    if (next) ready.push(next);
    else lanes.delete(lane);
  }

  function startReady(): void {
    while (running < concurrency) {
      const next = ready.shift();
      if (!next) break;
      waiting -= 1;
      next.start();
    }
    if (running === 0) for (const listener of idleListeners.splice(0)) listener();
  }

  function wait<T>(line: Waiting[], lane: unknown, work: () => T | Promise<T>): Promise<T> {
    waiting += 1;
    return new Promise((resolve) => {
      line.push({
        lane,
        start: () => {
          resolve(runNow(lane, work));
        },
      });
    });
  }

  return {
    isFull: () => waiting >= maxQueued,
    run(lane, work) {
      const line = lane === undefined ? undefined : lanes.get(lane);
      if (line) return wait(line, lane, work);
      if (lane !== undefined) lanes.set(lane, []);
      return running < concurrency ? runNow(lane, work) : wait(ready, lane, work);
    },
    whenIdle: () =>
      new Promise((resolve) => {
        if (running === 0) resolve();
        else idleListeners.push(resolve);
      }),
  };
}
