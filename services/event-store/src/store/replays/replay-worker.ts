import { PermanentError, createWakeUp, keepTrying, type Clock } from '@fanfare/core';
import type { Logger, Worker } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import type { Replay } from './replay';
import type { ClaimedReplay, ReplayStore } from './replay-store';
import type { ReplayTarget } from './replay-target';
import { runReplay } from './run-replay';

export interface ReplayWorkerDeps {
  readonly store: ReplayStore;
  readonly log: Pick<EventLog, 'read'>;
  /** Throws `PermanentError` when the replay cannot be run any more. */
  readonly findTarget: (replay: Replay) => Promise<ReplayTarget>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Told when the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

export interface ReplayWorker extends Worker {
  /** Looks at once for what is to be begun or ended. */
  readonly wake: () => void;
}

const maxRunning = 4;
/** What other instances change, and leave when they die, is looked for so often. */
const lookEveryMs = 2_000;
const tryAgainAfterMs = 5_000;

interface Running {
  readonly fence: number;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Runs the replays that nobody else runs, several at a time. */
export function createReplayWorker(deps: ReplayWorkerDeps): ReplayWorker {
  const { store, clock, onFailure } = deps;
  const owner = deps.newId();
  const wakeUp = createWakeUp(clock);
  const running = new Map<string, Running>();

  function start(replay: ClaimedReplay): void {
    const stop = new AbortController();
    const ended = runClaimed(deps, replay, stop.signal).finally(() => {
      if (running.get(replay.id)?.fence === replay.fence) running.delete(replay.id);
      wakeUp.wake();
    });
    running.set(replay.id, { fence: replay.fence, stop, ended });
  }

  async function lookOnce(): Promise<void> {
    const held = new Map((await store.renew(owner)).map(({ id, fence }) => [id, fence]));
    for (const [id, { fence, stop }] of running) if (held.get(id) !== fence) stop.abort();
    const room = maxRunning - running.size;
    if (room > 0) for (const replay of await store.claim(owner, room)) start(replay);
  }

  return {
    name: 'replays',
    wake: wakeUp.wake,
    async run(signal) {
      while (!signal.aborted) {
        await keepTrying(lookOnce, { clock, signal, onFailure });
        await wakeUp.wait(lookEveryMs, signal);
      }
      for (const { stop } of running.values()) stop.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/** Never rejects. */
async function runClaimed(deps: ReplayWorkerDeps, replay: ClaimedReplay, signal: AbortSignal): Promise<void> {
  const { store, findTarget, logger } = deps;
  try {
    await runReplay(deps, replay, await findTarget(replay), signal);
    await store.release(replay);
  } catch (error) {
    logger.warn({ err: error, replay: replay.id }, 'a replay was interrupted');
    await giveBack(store, replay, error).catch(() => undefined);
  }
}

/** What is away comes back; what can never be done would only fail again. */
async function giveBack(store: ReplayStore, replay: ClaimedReplay, error: unknown): Promise<void> {
  if (!(error instanceof PermanentError)) return store.release(replay, tryAgainAfterMs);
  const { progress } = (await store.find(replay.id)) ?? replay;
  await store.end(replay, { ...progress, lastError: error.message }, 'failed', () => Promise.resolve());
}
