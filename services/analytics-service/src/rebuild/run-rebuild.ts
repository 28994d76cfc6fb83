import { isPassing, keepTrying, toError, type Clock } from '@fanfare/core';
import { holdGroup, type Feed, type GroupStanding, type MessagingObserver } from '@fanfare/messaging';
import type { Database, Transaction } from '@fanfare/storage';
import { compareTables, lockServedTotals } from './compare-tables';
import { createFreshTables } from './count-tables';
import { createFreshCounts } from './fresh-counts';
import { createFreshWriter, nothingReached, type Reached } from './fresh-writer';
import type { LogCoverage, OrderLog } from './order-log';
import type { Rebuild } from './rebuild';
import { nobodyForgotten, type Forgotten } from '../privacy/forgotten';
import { RebuildOver, type RebuildHolder, type RebuildStore } from './rebuild-store';
import { repairTables } from './repair-tables';

export interface RunRebuildDeps {
  readonly database: Database;
  /** The event log, until `signal` aborts. */
  readonly openLog: (signal: AbortSignal) => OrderLog;
  /** Of topic `orders`. */
  readonly feed: Feed;
  readonly rebuilds: RebuildStore;
  readonly clock: Clock;
  readonly observer: Pick<MessagingObserver, 'waiting'>;
  /** Its cursors in topic `orders` say what the served totals hold. */
  readonly group: string;
  readonly partitions: number;
  readonly forgotten?: Forgotten;
  /** Called when the served totals were put right. */
  readonly onSwitched: () => void;
}

/** A worker's turn at a rebuild. */
export interface RebuildTurn {
  readonly rebuild: Rebuild;
  readonly holder: RebuildHolder;
  /** Ends the turn. */
  readonly signal: AbortSignal;
}

/** Events that may be left to count while the group is held. */
const maxRest = 2_000;
/** By how much the clocks of instances may differ. */
const clockMarginMs = 60_000;
const waitMs = 100;
const backoff = { firstMs: 100, maxMs: 1_000 };

/**
 * Runs a rebuild from its beginning to its end. Throws `RebuildOver` when the turn ends first, and waits as long as
 * something is away.
 *
 * The fresh tables are filled from the event log to its end, and from there, by the topic's own log, to where the group
 * stands. Then the group is held for a moment: now the fresh tables hold exactly what the served ones should, so they
 * are compared, and what differs is put right, in the transaction that also ends the rebuild. Readers see the old totals
 * until the commit and the new ones after it. The group's cursor stays where it is: nothing is lost, and nothing is
 * counted twice.
 */
export async function runRebuild(deps: RunRebuildDeps, turn: RebuildTurn): Promise<void> {
  const { database, rebuilds, clock, observer } = deps;
  const { rebuild, holder, signal } = turn;
  const steps = createSteps(deps, turn);

  async function persist(step: () => Promise<void>): Promise<void> {
    const tryStep = async () => {
      try {
        await step();
      } catch (error) {
        if (isPassing(error)) await rebuilds.noteWait(holder, toError(error).message);
        throw error;
      }
    };
    const onFailure = (error: unknown, delayMs: number) => {
      observer.waiting(`rebuild ${rebuild.id}`, error, delayMs);
    };
    await keepTrying(tryStep, { clock, signal, backoff, isRetryable: isPassing, onFailure });
    refuseIfOver(signal);
  }

  await createFreshTables(database, (queries) => rebuilds.take(queries, holder));
  await persist(() => steps.readHistory());
  await persist(async () => {
    await steps.meetTopic();
    await steps.follow();
    for (let obstacle = await steps.trySwitch(); obstacle !== null; obstacle = await steps.trySwitch()) {
      await rebuilds.noteWait(holder, obstacle);
      await clock.sleep(waitMs, signal);
      await steps.follow();
    }
  });
}

function createSteps(deps: RunRebuildDeps, { rebuild, holder, signal }: RebuildTurn) {
  const { database, rebuilds, clock, group, partitions, forgotten = nobodyForgotten } = deps;
  const foreignSince = new Date(rebuild.startedAt.getTime() - clockMarginMs);
  const log = deps.openLog(signal);
  const fresh = createFreshCounts(clock);
  const writer = createFreshWriter({ ...deps, log, fresh, holder });
  let reached = nothingReached;
  let erasures = 0;

  const hold = (tx: Transaction) => holdGroup(tx, { group, topic: 'orders', foreignSince });

  /** The fresh tables may still know whom the served ones have forgotten. */
  async function refuseIfForgotten(tx: Transaction): Promise<void> {
    if ((await forgotten.count(tx)) !== erasures) throw new RebuildOver('somebody was forgotten meanwhile');
  }

  async function readLog(): Promise<void> {
    for (;;) {
      const page = await log.readAfter(reached.position);
      if (page.length === 0) return;
      reached = await database.transact((tx) => writer.addLogged(tx, reached, page));
      refuseIfOver(signal);
    }
  }

  async function finish(tx: Transaction, standing: GroupStanding): Promise<void> {
    await lockServedTotals(tx);
    const end = await writer.followTo((work) => work(tx), reached, standing);
    const difference = await compareTables(tx);
    if (!rebuild.isShadow && !difference.equal) {
      await repairTables(tx, difference);
      tx.afterCommit(deps.onSwitched);
    }
    const skippedOther = end.skippedOther + fresh.countEarly();
    await rebuilds.complete(tx.queries, holder, { ...end, skippedOther }, difference);
  }

  return {
    async readHistory(): Promise<void> {
      erasures = await database.transact((tx) => forgotten.count(tx));
      reached = { ...reached, isLogComplete: (await log.readCoverage()).isComplete };
      await readLog();
    },
    /** Reads the log to its end once more, now knowing which part of the topic that is. */
    async meetTopic(): Promise<void> {
      const coverage = await log.readCoverage();
      reached = { ...reached, status: 'catching_up', isLogComplete: coverage.isComplete };
      await rebuilds.advance(database.queries, holder, reached, reached.status);
      await readLog();
      const followed = furthest(reached.followed, coverage);
      reached = { ...reached, followed, ahead: (await log.readCoverage()).recorded };
    },
    async follow(): Promise<void> {
      const standing = await database.transact(hold);
      reached = await writer.followTo(database.transact, reached, standing);
      refuseIfOver(signal);
    },
    /** Returns what stands in the way of the switch, null when it is done. */
    trySwitch: (): Promise<string | null> =>
      database.transact(async (tx) => {
        await refuseIfForgotten(tx);
        const standing = await hold(tx);
        const obstacle = findObstacle(standing, reached, partitions);
        if (obstacle === null) await finish(tx, standing);
        return obstacle;
      }),
  };
}

function refuseIfOver(signal: AbortSignal): void {
  if (signal.aborted) throw new RebuildOver('the service stops, or another instance has taken over');
}

function furthest(followed: ReadonlyMap<number, number>, { recorded }: LogCoverage): Map<number, number> {
  const all = new Map(followed);
  for (const [partition, sequence] of recorded) {
    all.set(partition, Math.max(sequence, followed.get(partition) ?? 0));
  }
  return all;
}

function findObstacle(
  { applied, foreignIds }: GroupStanding,
  { followed, ahead, foreign }: Reached,
  partitions: number,
): string | null {
  const isBehind = [...ahead].some(([partition, sequence]) => sequence > (applied.get(partition) ?? 0));
  if (isBehind || applied.size < partitions) return 'the totals are behind the event log';
  let rest = foreignIds.filter((id) => !foreign.has(id)).length;
  for (const [partition, sequence] of applied) rest += sequence - (followed.get(partition) ?? 0);
  return rest > maxRest ? `the totals move on too fast: ${rest} events ahead` : null;
}
