import type { Clock } from '@fanfare/core';
import { repeat, type Worker } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { Signal, Signals } from '../live/signals';
import type { DeliveryTables } from './delivery-tables';

type EventFailed = Extract<Signal, { type: 'event.failed' }>;

/** Tells of every attempt that failed, on each instance: at once where it was made, on the others soon after. */
export interface FailedSignals {
  /** To be called with each that is made here. */
  tellOwn(failed: EventFailed): void;
  readonly worker: Worker;
}

export interface FailedSignalsDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly signals: Pick<Signals, 'emit'>;
  readonly clock: Clock;
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

type Counts = Pick<DeliveryTables['observer_states'], 'attempts' | 'failed_attempts'>;

const lookAgainMs = 1_000;
const none: Counts = { attempts: 0, failed_attempts: 0 };
/** Of attempts that were told of and are not written down yet. */
const maxOwn = 10_000;

export function createFailedSignals(deps: FailedSignalsDeps): FailedSignals {
  const { database, signals, clock, onFailure } = deps;
  const own = new Set<string>();
  let seen: ReadonlyMap<string, Counts> | undefined;

  async function look(): Promise<void> {
    const now = await readCounts(database);
    const failed: EventFailed[] = [];
    for (const [id, counts] of seen ? now : []) {
      const before = seen?.get(id) ?? none;
      // one that was removed and made again begins with nothing, too
      const since = counts.attempts < before.attempts ? none : before;
      if (counts.failed_attempts > since.failed_attempts)
        failed.push(...(await readFailed(database, id, since.attempts, counts.attempts)));
    }
    seen = now;
    for (const one of failed) if (!own.delete(keyOf(one))) signals.emit(one);
  }

  return {
    tellOwn(failed) {
      own.add(keyOf(failed));
      const [oldest] = own;
      if (own.size > maxOwn && oldest !== undefined) own.delete(oldest);
      signals.emit(failed);
    },
    worker: repeat(look, { name: 'failed-signals', restMs: lookAgainMs, clock, onFailure }),
  };
}

async function readCounts({ queries }: Pick<Database, 'queries'>): Promise<ReadonlyMap<string, Counts>> {
  const rows = await queries
    .withTables<DeliveryTables>()
    .selectFrom('observer_states')
    .select(['observer_id', 'attempts', 'failed_attempts'])
    .execute();
  return new Map(rows.map(({ observer_id: id, ...counts }) => [id, counts]));
}

/** The failed ones among the attempts after one and up to another. */
async function readFailed(
  { queries }: Pick<Database, 'queries'>,
  observerId: string,
  after: number,
  upTo: number,
): Promise<readonly EventFailed[]> {
  const rows = await queries
    .withTables<DeliveryTables>()
    .selectFrom('observer_deliveries')
    .select(['observer_id', 'position', 'event_id', 'attempt', 'error'])
    .where('observer_id', '=', observerId)
    .where('sequence', '>', after)
    .where('sequence', '<=', upTo)
    .where('status', '=', 'failed')
    .orderBy('sequence')
    .execute();
  return rows.map(({ error, ...row }) => ({ type: 'event.failed', ...row, reason: error ?? '' }));
}

const keyOf = ({ observer_id: id, position, attempt }: EventFailed) => `${position} ${attempt} ${id}`;
