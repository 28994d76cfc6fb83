import type { Database, EventLog, LogEvent } from '@fanfare/storage';
import { dropGeneration, readGeneration, switchGeneration, truncatedMeanwhile } from '../count-generations';
import type { CountedLog } from '../count-log';
import { addToCounts } from '../count-store';
import { byName } from '../metrics-routes';
import { readRange } from '../read-range';
import { addTallies, tally } from '../tally';
import { keepDifferences, type Difference } from './differences';
import type { ReplayTarget } from './replay-target';

export interface RecountOptions {
  readonly replayId: string;
  readonly database: Database;
  readonly counted: Pick<CountedLog, 'counts'>;
  readonly log: Pick<EventLog, 'read'>;
  /** The events after this position, up to the other, are counted. */
  readonly after: number;
  readonly to: number;
  readonly isShadow: boolean;
}

/**
 * Counts the log anew, beside the counts that are read meanwhile. At the end the new counts take their place, or, as a
 * shadow, are compared with them.
 */
export function createRecount(options: RecountOptions): ReplayTarget {
  const { replayId, after, to, isShadow } = options;
  return {
    concerns: () => true,
    beginBatch() {
      const events: LogEvent[] = [];
      return {
        take(logged) {
          events.push(logged);
          return Promise.resolve([]);
        },
        effects: () => ({ findings: {}, write: (tx) => addToCounts(tx, replayId, tally(events)) }),
      };
    },
    async finish() {
      if (!isShadow) {
        const anew = { name: replayId, after, position: to };
        return { findings: {}, write: (tx) => switchGeneration(tx, anew) };
      }
      const differences = await compare(options);
      return {
        findings: countKinds(differences),
        async write(tx) {
          await keepDifferences(tx, replayId, differences, {});
          await dropGeneration(tx, replayId);
        },
      };
    },
  };
}

/** Counting went on meanwhile, so that what came since is added to what was counted anew. */
async function compare(options: RecountOptions): Promise<readonly Difference[]> {
  const { replayId, database, counted, log, after, to } = options;
  const current = await counted.counts();
  if (current.after !== after) throw truncatedMeanwhile();
  let anew = await readGeneration(database, replayId);
  for await (const events of readRange(log, { after: to, to: current.position }))
    anew = addTallies(anew, tally(events));
  return [
    ...differencesIn('event_counts', byName(current.events), byName(anew.events)),
    ...differencesIn(
      'aggregate_types',
      Object.fromEntries(current.aggregates),
      Object.fromEntries(anew.aggregates),
    ),
  ].map((difference, place) => ({ ...difference, place }));
}

type Counts = Readonly<Record<string, number>>;

function differencesIn(table: string, before: Counts, after: Counts): readonly Omit<Difference, 'place'>[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .map((key) => ({
      kind: before[key] === undefined ? 'new' : after[key] === undefined ? 'missing' : 'changed',
      subject: null,
      shown: { table, key, before: before[key] ?? null, after: after[key] ?? null },
    }));
}

function countKinds(differences: readonly Difference[]) {
  const amountOf = (wanted: string) => differences.filter(({ kind }) => kind === wanted).length;
  return { new: amountOf('new'), missing: amountOf('missing'), changed: amountOf('changed') };
}
