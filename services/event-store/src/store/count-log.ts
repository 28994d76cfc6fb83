import { createMutex, keepTrying, type Clock } from '@fanfare/core';
import type { Worker } from '@fanfare/service-kit';
import type { Database, EventLog, LogEvent } from '@fanfare/storage';
import type { Tail } from '../live/tail';
import { createCountStore, type LogCounts } from './count-store';
import { addTallies, sumOf, tally, type Amounts } from './tally';
import { readRange } from './read-range';

/** What the log holds, counted as it grows. */
export interface CountedLog {
  /** Exact: what was in the log when it was asked is counted. */
  readonly counts: () => Promise<LogCounts>;
  readonly countAggregates: () => Promise<number>;
  /** Takes the events before `position`, which are about to go, out of the counts. Their aggregates stay. */
  readonly uncountBefore: (position: number) => Promise<void>;
  /** Counts what comes, so that there is little left to do when somebody asks. */
  readonly worker: Worker;
}

export interface CountLogDeps {
  readonly log: Pick<EventLog, 'head' | 'read'>;
  readonly tail: Pick<Tail, 'follow'>;
  readonly database: Database;
  readonly clock: Clock;
  /** Told when the log or the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

/** Events may be large: this many are in memory at a time. */
const pageEvents = 100;
/** Who asks does not wait for the worker, so that one transaction now and then is enough. */
const restMs = 250;

export function createCountedLog({ log, tail, database, clock, onFailure }: CountLogDeps): CountedLog {
  const store = createCountStore({ database, clock });
  const turns = createMutex();

  function catchUp(to: number): Promise<void> {
    return turns.run(async () => {
      for (;;) {
        const state = await store.state();
        if (state.position >= to) return;
        const { events } = await log.read({ position: state.position, limit: pageEvents });
        if (events.length === 0) return;
        await store.add(state, events);
      }
    });
  }

  async function counts(): Promise<LogCounts> {
    await catchUp(await log.head());
    return store.read();
  }

  return {
    counts,
    countAggregates: async () => sumOf((await counts()).aggregates),

    async uncountBefore(position) {
      const to = position - 1;
      await catchUp(to);
      for (;;) {
        const state = await store.state();
        if (state.after >= to) return;
        const gone = await countTypes(readRange(log, { after: state.after, to }));
        if (await store.remove(state, to, gone)) return;
      }
    },

    worker: {
      name: 'log-counts',
      async run(signal) {
        const options = { clock, signal, onFailure };
        while (!signal.aborted) {
          const start = await keepTrying(() => store.state(), options);
          if (!start) return;
          let { position } = start;
          for await (const events of tail.follow(position, signal)) {
            const from = { ...start, position };
            const isOurs = await keepTrying(() => store.add(from, events), options);
            if (isOurs !== true) break;
            position = events.at(-1)?.position ?? position;
            await clock.sleep(restMs, signal);
          }
        }
      },
    },
  };
}

async function countTypes(pages: AsyncIterable<readonly LogEvent[]>): Promise<Amounts> {
  let sum = tally([]);
  for await (const page of pages) sum = addTallies(sum, tally(page));
  return sum.events;
}
