import { Cron } from 'croner';

/** When a job ticks. */
export type Schedule =
  /** Cron of five fields, or six with seconds first, by the clocks of a time zone. */
  | { readonly type: 'scheduled'; readonly cron: string; readonly timeZone: string }
  | { readonly type: 'recurring'; readonly everyMs: number; readonly since: Date }
  | { readonly type: 'one-time'; readonly at: Date }
  | { readonly type: 'on-demand' };

/** The first tick after a time, which is no tick itself; null when there is none any more. */
export function nextTick(schedule: Schedule, after: Date): Date | null {
  switch (schedule.type) {
    case 'scheduled':
      return toCron(schedule).nextRun(after);
    case 'recurring': {
      const sinceMs = schedule.since.getTime();
      const passed = Math.floor((after.getTime() - sinceMs) / schedule.everyMs);
      return new Date(sinceMs + (Math.max(passed, 0) + 1) * schedule.everyMs);
    }
    case 'one-time':
      return schedule.at > after ? schedule.at : null;
    case 'on-demand':
      return null;
  }
}

/** The newest `limit` ticks from `first`, which is one, up to `until`, the oldest of them first. */
export function latestTicks(schedule: Schedule, first: Date, until: Date, limit: number): readonly Date[] {
  const ticks: Date[] = [];
  for (let tick: Date | null = first; tick && tick <= until; tick = nextTick(schedule, tick)) {
    if (ticks.length === limit) return ticksBefore(schedule, until, limit);
    ticks.push(tick);
  }
  return ticks;
}

/** The last `limit` ticks up to `until`, where it is known that there are so many. */
function ticksBefore(schedule: Schedule, until: Date, limit: number): readonly Date[] {
  if (schedule.type === 'scheduled') {
    return toCron(schedule)
      .previousRuns(limit, new Date(until.getTime() + 1))
      .toReversed();
  }
  if (schedule.type !== 'recurring') return [];
  const { everyMs } = schedule;
  const afterMs = (nextTick(schedule, until)?.getTime() ?? 0) - everyMs * limit;
  return Array.from({ length: limit }, (_, index) => new Date(afterMs + everyMs * index));
}

/** Croner also knows nicknames, dates and years. */
const fields = /^\s*\S+(\s+\S+){4,5}\s*$/;

/** Why a text is no cron expression; null when it is one, though its time may never come. */
export function findCronFault(cron: string): string | null {
  if (!fields.test(cron)) return 'must have five fields, or six with seconds first';
  try {
    toCron({ cron, timeZone: 'UTC' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : 'is no cron expression';
  }
}

/** Whether there are clocks of this time zone: a name of the IANA database, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function toCron({ cron, timeZone }: { readonly cron: string; readonly timeZone: string }): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-or-6-parts', paused: true });
}
