import { AppError } from './app-error';

/** Hands an item to a shared run and resolves, or rejects, when the run that carried it has ended. */
export type GroupCommit<Item, Result> = (item: Item) => Promise<Result>;

export interface GroupCommitOptions {
  /** At most this many items share one run. */
  readonly maxGroup?: number;
  /** Beyond this many waiting items a call is refused with `unavailable`: the queue stays bounded under overload. */
  readonly maxWaiting?: number;
  /** After such an error of a shared run its items are tried one by one; after any other they all fail with it. */
  readonly isOneItemsFault: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Natural group commit: while one run is under way the next items gather, and then share one run. Nobody waits for a
 * timer: a lone item runs at once, and groups grow only as fast as runs are slow (DeWitt et al., 1984).
 * One bad item never harms its neighbours: when a shared run fails through an item, its items run one by one.
 */
export function createGroupCommit<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { maxGroup = 128, maxWaiting = 10_000, isOneItemsFault }: GroupCommitOptions,
): GroupCommit<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let isRunning = false;

  async function runGroup(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(group.map(({ item }) => item));
      group.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      if (group.length > 1 && isOneItemsFault(error)) {
        for (const member of group) await runGroup([member]);
      } else {
        for (const { reject } of group) reject(error);
      }
    }
  }

  async function drain(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) await runGroup(waiting.splice(0, maxGroup));
    isRunning = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= maxWaiting) {
        reject(new AppError('unavailable', 'too many requests are waiting, try again shortly'));
        return;
      }
      waiting.push({ item, resolve, reject });
      if (!isRunning) void drain();
    });
}
