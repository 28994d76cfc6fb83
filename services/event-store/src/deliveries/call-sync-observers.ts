import { createWakeUp, type Clock } from '@fanfare/core';
import type { AppendedEvent, Database } from '@fanfare/storage';
import type { CallSyncObservers, SyncResult } from '../events/take-events';
import type { Tail } from '../live/tail';
import { breakerAt } from './breaker';
import type { DeliveryTables } from './delivery-tables';
import { concernOf } from './find-processing';
import type { SavedSignals } from './saved-signals';
import { hasTarget, type ServedObserver } from './sender';
import type { ServedObservers } from './served-observers';
import { toBreaker } from './state-rows';

export interface CallSyncObserversDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly observers: Pick<ServedObservers, 'current'>;
  readonly tail: Pick<Tail, 'find'>;
  readonly saved: Pick<SavedSignals, 'listen'>;
  readonly clock: Clock;
}

type Answer = Pick<SyncResult, 'ok' | 'error'>;

/** How soon the outcome is seen when another instance serves the observer. */
const lookAgainMs = 50;

/**
 * Makes what waits, each no longer than its `timeout_ms`, until the observers that are not async have had their first
 * attempt at events that were just appended. It is their runners that deliver, here or on another instance: the order and
 * the retries of such an observer are those of any other.
 */
export function createCallSyncObservers(deps: CallSyncObserversDeps): CallSyncObservers {
  const { observers, tail } = deps;

  async function callsFor({ position }: AppendedEvent, sync: ReadonlyMap<string, ServedObserver>) {
    const logged = await tail.find(position);
    const ids = logged ? concernOf(sync.values(), logged).observerIds : [];
    return ids.flatMap((id) => {
      const served = sync.get(id);
      return served ? [{ served, position }] : [];
    });
  }

  return async function callSyncObservers(appended) {
    const known = await observers.current();
    const sync = new Map([...known].filter(([, served]) => !served.observer.isAsync && hasTarget(served)));
    if (sync.size === 0) return undefined;
    const calls = (await Promise.all(appended.map((event) => callsFor(event, sync)))).flat();
    if (calls.length === 0) return undefined;
    return Promise.all(
      calls.map(async ({ served, position }) => ({
        observer_id: served.observer.id,
        ...(await waitForOutcome(served, position, deps)),
      })),
    );
  };
}

async function waitForOutcome(
  { observer: { id, timeoutMs } }: ServedObserver,
  position: number,
  { database, saved, clock }: CallSyncObserversDeps,
): Promise<Answer> {
  const wakeUp = createWakeUp(clock);
  const end = saved.listen((observerId) => {
    if (observerId === id) wakeUp.wake();
  });
  const never = new AbortController().signal;
  const untilMs = clock.elapsedMs() + timeoutMs;
  try {
    for (;;) {
      const outcome = await findOutcome(database, id, position, clock.now());
      if (outcome) return outcome;
      const leftMs = untilMs - clock.elapsedMs();
      if (leftMs <= 0) return { ok: false, error: `not delivered within ${timeoutMs} ms` };
      await wakeUp.wait(Math.min(leftMs, lookAgainMs), never);
    }
  } finally {
    end();
  }
}

/** Undefined while nothing has been tried and something may be. */
async function findOutcome(
  database: Pick<Database, 'queries'>,
  observerId: string,
  position: number,
  now: Date,
): Promise<Answer | undefined> {
  const queries = database.queries.withTables<DeliveryTables>();
  const state = await queries
    .selectFrom('observer_states')
    .selectAll()
    .where('observer_id', '=', observerId)
    .executeTakeFirst();
  if (!state) return { ok: false, error: 'the observer was removed' };
  if (state.position < position) {
    const isOpen = breakerAt(toBreaker(state), now).state === 'open';
    return isOpen ? { ok: false, error: 'its circuit breaker is open' } : undefined;
  }
  const failure = await queries
    .selectFrom('observer_failures')
    .select('error')
    .where('observer_id', '=', observerId)
    .where('position', '=', position)
    .executeTakeFirst();
  if (!failure) return { ok: true };
  return {
    ok: false,
    error:
      failure.error ??
      'it waits for an earlier event of its subject that failed, or for its turn under the rate of its key',
  };
}
