import { createMutex, createWakeUp, isPassing, keepTrying, type Clock } from '@fanfare/core';
import type { Breaker } from './breaker';
import type { DeliveryTables } from './delivery-tables';
import type { Failure } from './failure';
import type { Effect } from './judge-outcome';
import type { ProgressStore } from './progress-store';

/** The row of an observer that is served here. */
export type ServedState = DeliveryTables['observer_states'];

/** A place in the order of events, until it is known what becomes of the event there. */
export type Settle = (effect?: Effect) => void;

/**
 * Gathers what happens to the deliveries of one observer, and writes it down: what is new in the order of the log, so that
 * the cursor never passes an event of which nothing is known.
 */
export interface ProgressLog {
  /** Takes the next event of the log; to be settled in any order. */
  readonly enter: (position: number) => Settle;
  /** Notes what became of an event that was settled before. */
  readonly note: (effect: Effect) => void;
  /** Whether an earlier event with the same key stands in the way. */
  readonly isOpen: (orderKey: string) => boolean;
  /** How many events were entered and not settled, or are kept because they failed. */
  readonly waiting: { readonly entered: number; readonly kept: number };
  /** Writes down everything so far. */
  readonly flush: () => Promise<void>;
  /** Writes down what there is, as long as `signal` does not abort. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ProgressLogOptions {
  readonly state: ServedState;
  readonly openKeys: ReadonlyMap<string, number>;
  readonly open: readonly Failure['state'][];
  readonly store: Pick<ProgressStore, 'save'>;
  readonly clock: Clock;
  readonly breaker: () => Breaker;
  readonly blocked: () => 'dependency' | null;
  /** Told of what was written down. */
  readonly onSaved: (effects: readonly Effect[]) => void;
  /** Told when someone else serves the observer by now. */
  readonly onLost: () => void;
  readonly onFailure: (error: unknown, delayMs: number) => void;
  /** Ends the trying when the database is away. */
  readonly signal: AbortSignal;
}

/** A cursor that moved past what does not matter is written down no more often. */
const idleMs = 1_000;

export function createProgressLog(options: ProgressLogOptions): ProgressLog {
  const { state, store, clock, open, signal } = options;
  const wakeUp = createWakeUp(clock);
  const writing = createMutex();
  const keys = new Map(options.openKeys);
  const entered: { readonly position: number; effect: Effect | undefined; isSettled: boolean }[] = [];
  let kept = [...keys.values()].reduce((sum, events) => sum + events, 0);
  let effects: Effect[] = [];
  let cursor = state.position;
  let attempts = state.attempts;
  let saved = snapshot();

  function snapshot() {
    return `${cursor} ${options.blocked()} ${JSON.stringify(options.breaker())}`;
  }

  function count({ orderKey, before, after }: Effect): void {
    const isOpen = (failure: Failure | undefined) =>
      Number(failure !== undefined && open.includes(failure.state));
    const change = isOpen(after) - isOpen(before);
    kept += change;
    const events = (keys.get(orderKey) ?? 0) + change;
    if (events > 0) keys.set(orderKey, events);
    else keys.delete(orderKey);
  }

  function advance(): void {
    const first = entered.findIndex(({ isSettled }) => !isSettled);
    for (const { position, effect } of entered.splice(0, first === -1 ? entered.length : first)) {
      cursor = position;
      if (effect) effects.push(effect);
    }
    if (effects.length > 0) wakeUp.wake();
  }

  async function save(): Promise<void> {
    const written = effects;
    if (written.length === 0 && snapshot() === saved) return;
    const next = snapshot();
    const progress = {
      observerId: state.observer_id,
      fence: state.fence,
      cursor,
      breaker: options.breaker(),
      blocked: options.blocked(),
      attemptsBefore: attempts,
      effects: written,
      now: clock.now(),
    };
    effects = [];
    const write = () => store.save(progress);
    const { onFailure } = options;
    // when there is no time left to try again, one try still tells of what was delivered meanwhile
    const isSaved = await (signal.aborted
      ? write()
      : keepTrying(write, { clock, signal, onFailure, isRetryable: isPassing }));
    if (isSaved !== true) {
      options.onLost();
      return;
    }
    saved = next;
    attempts += written.filter(({ attempt }) => attempt).length;
    options.onSaved(written);
  }

  const flush = () => writing.run(save);
  return {
    enter(position) {
      const entry = { position, effect: undefined as Effect | undefined, isSettled: false };
      entered.push(entry);
      return (effect) => {
        if (effect) count(effect);
        Object.assign(entry, { effect, isSettled: true });
        advance();
      };
    },
    note(effect) {
      count(effect);
      const entry = entered.find(({ position }) => position === effect.position);
      if (entry) entry.effect = effect;
      else effects.push(effect);
      wakeUp.wake();
    },
    isOpen: (orderKey) => keys.has(orderKey),
    get waiting() {
      return { entered: entered.length, kept };
    },
    flush,
    async run(stopped) {
      while (!stopped.aborted) {
        await wakeUp.wait(idleMs, stopped);
        await flush();
      }
    },
  };
}
