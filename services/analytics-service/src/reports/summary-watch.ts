import { AppError, createWakeUp, keepTrying, type Clock } from '@fanfare/core';
import type { MessagingObserver } from '@fanfare/messaging';
import type { ReportStore } from './report-store';
import { encodeSummary, type EncodedSummary } from './summary';

export interface SummaryWatchDeps {
  readonly reports: Pick<ReportStore, 'readTotals'>;
  readonly clock: Clock;
  readonly observer: Pick<MessagingObserver, 'waiting'>;
  readonly maxListeners?: number;
}

/** Notices when the totals change, through this instance or another. A worker, which rests as long as nobody listens. */
export interface SummaryWatch {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
  /** To be called after commits of this process: then listeners need not wait for the next look. */
  readonly hint: () => void;
  /** The newest summary that was seen. */
  latest(): EncodedSummary | undefined;
  /** Calls `listener` after each change, at most a few times a second; returns how to stop that. */
  onChange(listener: () => void): () => void;
  /** Throws `unavailable` when there are as many listeners as it takes. */
  requireRoom(): void;
}

const lookEveryMs = 1_000;
const minGapMs = 250;
const idleMs = 60_000;

export function createSummaryWatch(deps: SummaryWatchDeps): SummaryWatch {
  const { reports, clock, observer, maxListeners = 1_000 } = deps;
  const listeners = new Set<() => void>();
  const wakeUp = createWakeUp(clock);
  let latest: EncodedSummary | undefined;

  const onFailure = (error: unknown, delayMs: number) => {
    observer.waiting('the watch over the summary', error, delayMs);
  };

  async function look(signal: AbortSignal): Promise<void> {
    const totals = await keepTrying(() => reports.readTotals(), { clock, signal, onFailure });
    if (!totals || totals.version === latest?.version) return;
    latest = encodeSummary(totals);
    for (const tell of listeners) tell();
  }

  return {
    name: 'summary-watch',
    async run(signal) {
      while (!signal.aborted) {
        const hasListeners = listeners.size > 0;
        if (hasListeners) {
          await look(signal);
          await clock.sleep(minGapMs, signal);
        }
        await wakeUp.wait(hasListeners ? lookEveryMs - minGapMs : idleMs, signal);
      }
    },
    hint() {
      if (listeners.size > 0) wakeUp.wake();
    },
    latest: () => latest,
    onChange(listener) {
      listeners.add(listener);
      wakeUp.wake();
      return () => void listeners.delete(listener);
    },
    requireRoom() {
      if (listeners.size >= maxListeners)
        throw new AppError('unavailable', 'as many clients listen as the service takes');
    },
  };
}
