import { latestTicks, nextTick, type Schedule } from './schedule';

/** What becomes of ticks that nobody was there for. */
export const missedPolicies = ['last', 'skip', 'all'] as const;
export type MissedPolicy = (typeof missedPolicies)[number];

/**
 * A tick that is later than this was missed. One that is less late was only waited for: it is longer than it takes until
 * the timers of an instance that was killed are in the hands of another.
 */
export const missedAfterMs = 10_000;
/** So many missed ticks are made up for with `all`, the newest. */
export const maxMadeUp = 100;
/** So many begin in one transaction. */
const maxAtOnce = 10;

export interface DueTicks {
  readonly schedule: Schedule;
  readonly missed: MissedPolicy;
  /** The tick that was waited for. */
  readonly nextRun: Date;
}

export interface TickPlan {
  /** Begin now, the oldest first. */
  readonly run: readonly Date[];
  /** Is waited for next; it may be past already, where there are more to begin than go at once. */
  readonly nextRun: Date | null;
}

/** Decides which of the ticks up to `now` are run. */
export function planTicks({ schedule, missed, nextRun }: DueTicks, now: Date): TickPlan {
  const due = latestTicks(schedule, nextRun, now, maxMadeUp);
  const inTime = due.filter((tick) => now.getTime() - tick.getTime() <= missedAfterMs);
  const chosen = choose(missed, due, inTime);
  return {
    run: chosen.slice(0, maxAtOnce),
    nextRun: chosen[maxAtOnce] ?? nextTick(schedule, now),
  };
}

function choose(missed: MissedPolicy, due: readonly Date[], inTime: readonly Date[]): readonly Date[] {
  if (missed === 'all') return due;
  return missed === 'last' && inTime.length === 0 ? due.slice(-1) : inTime;
}
