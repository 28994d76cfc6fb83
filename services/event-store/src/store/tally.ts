import type { LogEvent } from '@fanfare/storage';

/** How many of each type. */
export type Amounts = ReadonlyMap<string, number>;

/** What events come to. */
export interface Tally {
  /** By full type. */
  readonly events: Amounts;
  /** Aggregates that begin among them, by their type. */
  readonly aggregates: Amounts;
}

/** The log keeps notes of its own in streams whose type begins so. */
const reserved = '$';

/** Counts events, and the aggregates of which they are the first. */
export function tally(events: readonly LogEvent[]): Tally {
  const types = new Map<string, number>();
  const aggregates = new Map<string, number>();
  for (const { event, stream, version } of events) {
    increment(types, event.type);
    if (stream && version === 0 && !stream.type.startsWith(reserved)) increment(aggregates, stream.type);
  }
  return { events: types, aggregates };
}

/** What two parts of the log come to together. */
export function addTallies(one: Tally, other: Tally): Tally {
  return {
    events: addAmounts(one.events, other.events),
    aggregates: addAmounts(one.aggregates, other.aggregates),
  };
}

function addAmounts(one: Amounts, other: Amounts): Amounts {
  const sums = new Map(one);
  for (const [type, amount] of other) increment(sums, type, amount);
  return sums;
}

function increment(amounts: Map<string, number>, type: string, by = 1): void {
  amounts.set(type, (amounts.get(type) ?? 0) + by);
}

export function sumOf(amounts: Amounts): number {
  return [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
}
