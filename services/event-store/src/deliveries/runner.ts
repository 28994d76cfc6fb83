import { createWakeUp, type Clock } from '@fanfare/core';
import type { LogEvent } from '@fanfare/storage';
import type { Tail } from '../live/tail';
import { createBatches } from './batches';
import type { Breaker } from './breaker';
import { createCarefulSender } from './careful-sender';
import { createDebounce, type Debounce } from './debounce';
import { openStates, type DeadLetterPolicy, type Failure } from './failure';
import { holdUntil, judgeOutcome, supersede, waitBehind, type Effect } from './judge-outcome';
import { createKeyRate } from './key-rate';
import { createLanes } from './lanes';
import { orderKeyOf } from './order-key';
import { isAborted, type Outcome } from './outcome';
import { createProgressLog, type ServedState, type Settle } from './progress';
import type { ProgressStore } from './progress-store';
import { createRetries } from './retries';
import type { Attempt, Sender, ServedObserver } from './sender';
import { toBreaker } from './state-rows';

export interface RunnerDeps {
  readonly tail: Pick<Tail, 'follow' | 'find'>;
  readonly store: ProgressStore;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly random: () => number;
  readonly onDeadLetter: DeadLetterPolicy;
  readonly report: RunnerReport;
  /** When so many events of an observer are kept because some failed, its new ones stay in the log. */
  readonly maxKept?: number;
}

/** Told of what a runner does. Must not throw. */
export interface RunnerReport {
  /** After each attempt, before it is written down. */
  attempted(served: ServedObserver, attempt: Attempt, outcome: Outcome, breaker: Breaker): void;
  /** After the last attempt at an event, before that is written down. */
  gaveUp(served: ServedObserver, logged: LogEvent, failure: Failure): void;
  /** After it was written down. */
  saved(served: ServedObserver, effects: readonly Effect[]): void;
  waiting(what: string, error: unknown, delayMs: number): void;
}

export interface RunnerTask {
  readonly served: ServedObserver;
  readonly sender: Sender;
  readonly state: ServedState;
  /** Resolves when the receiver takes events, or when `stopping` aborts. */
  readonly permit: (stopping: AbortSignal) => Promise<void>;
  /** Whether the receiver was asked and has not permitted anything yet. */
  readonly isRefused: () => boolean;
  /** Whether the observer may still be served here. */
  readonly isHeld: () => boolean;
}

/** Delivers to one observer until it is stopped, or someone else serves it. */
export interface Runner {
  /** Rejects with what went wrong. */
  readonly done: Promise<void>;
  /** Tries nothing more, waits a moment for what is under way, and writes everything down. Never rejects. */
  stop(): Promise<void>;
}

/** An event in its place among those of which it is not known yet what becomes of them. */
interface Entered {
  readonly logged: LogEvent;
  readonly settle: Settle;
}

/** So many events are under way, or wait for their turn. */
const maxEntered = 256;
const graceMs = 1_000;
const lookAgainMs = 1_000;

/**
 * Follows the log from the observer's cursor and delivers what it wants, in order per subject. An event that fails is kept
 * and tried again later; those of its subject wait behind it, all others go on.
 */
export function startRunner(task: RunnerTask, deps: RunnerDeps): Runner {
  const stopping = new AbortController();
  const cutting = new AbortController();
  const done = run(task, deps, { stopping, cutting }).finally(() => task.sender.close());
  const ended = done.catch(() => undefined);
  return {
    done,
    async stop() {
      stopping.abort();
      const waited = new AbortController();
      await Promise.race([ended, deps.clock.sleep(graceMs, waited.signal)]);
      waited.abort();
      cutting.abort();
      await ended;
    },
  };
}

interface Ends {
  /** Nothing more is begun. */
  readonly stopping: AbortController;
  /** What is under way is broken off. */
  readonly cutting: AbortController;
}

async function run(task: RunnerTask, deps: RunnerDeps, { stopping, cutting }: Ends): Promise<void> {
  const { served, state } = task;
  const { tail, store, clock, newId, report, maxKept = 10_000 } = deps;
  const { observer } = served;
  const open = openStates(deps.onDeadLetter);
  const lanes = createLanes(observer.batch ? 1 : observer.concurrency);
  const debounce = createDebounce(observer);
  const keyRate = createKeyRate(observer);
  const room = createWakeUp(clock);
  const underWay = new Set<Promise<void>>();
  const end = { isLost: false, failures: [] as unknown[] };

  function breakOff(): void {
    stopping.abort();
    cutting.abort();
  }
  function lose(): void {
    end.isLost = true;
    breakOff();
  }
  function fail(error: unknown): void {
    end.failures.push(error);
    breakOff();
  }

  const careful = createCarefulSender({
    ...task,
    observer,
    breaker: toBreaker(state),
    clock,
    isHeld() {
      if (!task.isHeld()) lose();
      return !end.isLost;
    },
    stopping: stopping.signal,
    cutting: cutting.signal,
  });
  const progress = createProgressLog({
    state,
    openKeys: await store.openKeys(state.observer_id),
    open,
    store,
    clock,
    breaker: careful.breaker,
    blocked: () => (task.isRefused() ? 'dependency' : null),
    onSaved(effects) {
      room.wake();
      if (effects.some(({ before, after }) => before ?? after)) retries.wake();
      report.saved(served, effects);
    },
    onLost: lose,
    onFailure(error, delayMs) {
      report.waiting(`deliveries to ${observer.id}`, error, delayMs);
    },
    signal: cutting.signal,
  });
  const judge = (logged: LogEvent, before: Failure | undefined, outcome: Outcome) => {
    const effect = judgeOutcome(logged, before, outcome, {
      ...deps,
      retry: observer.retry,
      now: clock.now(),
    });
    if (effect.after?.state === 'dead') report.gaveUp(served, logged, effect.after);
    return effect;
  };
  const retries = createRetries({
    ...deps,
    observerId: state.observer_id,
    runInLane,
    send,
    judge,
    note: progress.note,
    isOpen: (failure) => open.includes(failure.state),
    flush: progress.flush,
    heldUntil,
    isSuperseded: (position) => debounce?.isSuperseded(position) === true,
  });
  const batches = createBatches<Entered>({ batch: observer.batch, clock, send: start });

  /** Batches have all their events in one lane, so that they keep their order. */
  function runInLane(orderKey: string, work: () => Promise<void>): Promise<void> {
    return lanes.run(observer.batch ? 'batch' : orderKey, () => work().catch(fail));
  }

  function heldUntil(logged: LogEvent): Date | null {
    return debounce?.heldUntil(logged, clock.now()) ?? keyRate?.heldUntil(logged, clock.now()) ?? null;
  }

  function hold({ logged, settle }: Entered, { enter }: Debounce): void {
    const { heldUntil: until, superseded } = enter(logged, clock.now());
    if (superseded) progress.note(supersede(superseded));
    settle(holdUntil(logged, until, newId));
  }

  async function send(attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
    const outcomes = await careful.send(attempts);
    for (const [index, attempt] of attempts.entries()) {
      const outcome = outcomes[index];
      if (outcome && !isAborted(outcome)) report.attempted(served, attempt, outcome, careful.breaker());
    }
    return outcomes;
  }

  function start(items: readonly Entered[]): void {
    const [first] = items;
    if (!first) return;
    const work = runInLane(orderKeyOf(first.logged.event), () => deliver(items));
    underWay.add(work);
    void work.then(() => underWay.delete(work));
  }

  async function deliver(items: readonly Entered[]): Promise<void> {
    const free: Entered[] = [];
    for (const item of items) {
      const { logged, settle } = item;
      const isBehind = progress.isOpen(orderKeyOf(logged.event));
      const until = isBehind ? null : heldUntil(logged);
      if (isBehind) settle(waitBehind(logged, newId));
      else if (until) settle(holdUntil(logged, until, newId));
      else free.push(item);
    }
    if (free.length === 0 || stopping.signal.aborted) return;
    const outcomes = await send(free.map(({ logged }) => ({ logged, attempt: 1 })));
    for (const [index, { logged, settle }] of free.entries()) {
      const outcome = outcomes[index];
      if (outcome && !isAborted(outcome)) settle(judge(logged, undefined, outcome));
    }
    room.wake();
  }

  async function follow(): Promise<void> {
    for await (const page of tail.follow(state.position, stopping.signal)) {
      for (const logged of page) {
        while (isFull()) await room.wait(lookAgainMs, stopping.signal);
        if (stopping.signal.aborted) return;
        const settle = progress.enter(logged.position);
        if (!served.matches(logged)) settle();
        else if (debounce) hold({ logged, settle }, debounce);
        else batches.add({ logged, settle });
      }
    }
  }

  function isFull(): boolean {
    const { entered, kept } = progress.waiting;
    return !stopping.signal.aborted && (entered >= maxEntered || kept >= maxKept);
  }

  await Promise.all(
    [follow(), retries.run(stopping.signal), progress.run(stopping.signal)].map((loop) => loop.catch(fail)),
  );
  batches.drop();
  await Promise.all(underWay);
  if (end.failures.length > 0) throw end.failures[0];
  if (!end.isLost) await progress.flush();
}
