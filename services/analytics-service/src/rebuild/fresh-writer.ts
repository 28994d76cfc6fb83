import type { CloudEvent } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import type { Feed, GroupStanding } from '@fanfare/messaging';
import type { Transact, Transaction } from '@fanfare/storage';
import type { CountedBatch, FreshCounts } from './fresh-counts';
import type { LoggedEvent, OrderLog } from './order-log';
import { readLoggedEvent, type LoggedChange } from './read-logged-event';
import type { RebuildProgress } from './rebuild';
import { nobodyForgotten, type Forgotten } from '../privacy/forgotten';
import type { RebuildHolder, RebuildStore } from './rebuild-store';

/** What the fresh tables hold. */
export interface Reached extends RebuildProgress {
  readonly status: 'running' | 'catching_up';
  readonly isLogComplete: boolean;
  /** By partition of the topic: every event up to this sequence. */
  readonly followed: ReadonlyMap<number, number>;
  /** By partition: perhaps some events up to this sequence. */
  readonly ahead: ReadonlyMap<number, number>;
  /** Ids of the events without a sequence that were fetched one by one. */
  readonly foreign: ReadonlySet<string>;
}

/** Where a rebuild begins: the fresh tables are empty. */
export const nothingReached: Reached = {
  processed: 0,
  position: 0,
  skippedErased: 0,
  skippedOther: 0,
  keptOrders: 0,
  status: 'running',
  isLogComplete: false,
  followed: new Map(),
  ahead: new Map(),
  foreign: new Set(),
};

export interface FreshWriterDeps {
  readonly fresh: FreshCounts;
  readonly rebuilds: Pick<RebuildStore, 'advance'>;
  readonly holder: RebuildHolder;
  readonly feed: Feed;
  readonly log: Pick<OrderLog, 'find'>;
  readonly forgotten?: Pick<Forgotten, 'hide'>;
}

/** Writes events into the fresh tables, together with how far that has come. */
export interface FreshWriter {
  addLogged(tx: Transaction, from: Reached, page: readonly LoggedEvent[]): Promise<Reached>;
  /**
   * Adds what the group has applied and is not there yet, in transactions of `transact`. Throws `unavailable` when the
   * event store has not recorded it yet and the topic's log holds it no more.
   */
  followTo(transact: Transact, from: Reached, standing: GroupStanding): Promise<Reached>;
}

const pageSize = 1_000;

export function createFreshWriter(deps: FreshWriterDeps): FreshWriter {
  const { fresh, rebuilds, holder, feed, log, forgotten = nobodyForgotten } = deps;

  async function add(tx: Transaction, from: Reached, events: readonly CloudEvent[], isFromTopic: boolean) {
    const logged = events.flatMap((event) => readLoggedEvent(event, isFromTopic) ?? []);
    const batch = await fresh.add(tx, await hideForgotten(tx, logged), from);
    return addBatch({ ...from, processed: from.processed + logged.length }, batch);
  }

  async function hideForgotten(tx: Transaction, logged: readonly LoggedChange[]) {
    const changes = logged.flatMap((each) => (each.kind === 'change' ? each.change : []));
    const hidden = (await forgotten.hide(tx, changes)).values();
    return logged.map((each) =>
      each.kind === 'change' ? { ...each, change: hidden.next().value ?? each.change } : each,
    );
  }

  async function save(tx: Transaction, reached: Reached): Promise<Reached> {
    await rebuilds.advance(tx.queries, holder, reached, reached.status);
    return reached;
  }

  async function followPartition(transact: Transact, from: Reached, partition: number, applied: number) {
    let reached = from;
    for (;;) {
      const at = reached.followed.get(partition) ?? 0;
      if (at >= applied) return reached;
      const page = await feed.read(partition, at + 1, Math.min(pageSize, applied - at));
      const events = page.events.slice(0, applied - at);
      if (page.firstSequence > at + 1 || events.length === 0) {
        throw new AppError('unavailable', `event ${at + 1} of orders/${partition} is in no log yet`);
      }
      const followed = new Map(reached.followed).set(partition, at + events.length);
      const before = reached;
      reached = await transact(async (tx) =>
        save(tx, { ...(await add(tx, before, events, true)), followed }),
      );
    }
  }

  async function followForeign(transact: Transact, from: Reached, ids: readonly string[]): Promise<Reached> {
    let reached = from;
    for (const id of ids) {
      if (reached.foreign.has(id)) continue;
      const event = await log.find(id);
      if (!event && reached.isLogComplete) {
        throw new AppError('unavailable', `the event store has yet to record event ${id}`);
      }
      const foreign = new Set(reached.foreign).add(id);
      const before = reached;
      reached = await transact(async (tx) =>
        save(tx, { ...(await add(tx, before, event ? [event] : [], true)), foreign }),
      );
    }
    return reached;
  }

  /** What an incomplete log does not tell of, the served tables may know. */
  async function takeOver(transact: Transact, from: Reached, after = ''): Promise<Reached> {
    const { last, reached } = await transact(async (tx) => {
      const taken = await fresh.takeOver(tx, after);
      return { last: taken.last, reached: await save(tx, addBatch(from, taken)) };
    });
    return last === undefined ? reached : takeOver(transact, reached, last);
  }

  return {
    addLogged: async (tx, from, page) => {
      const events = page.map(({ event }) => event);
      const position = page.at(-1)?.position ?? from.position;
      return save(tx, { ...(await add(tx, from, events, false)), position });
    },
    async followTo(transact, from, { applied, foreignIds }) {
      let reached = from;
      for (const [partition, sequence] of applied) {
        reached = await followPartition(transact, reached, partition, sequence);
      }
      reached = await followForeign(transact, reached, foreignIds);
      return reached.isLogComplete ? reached : takeOver(transact, reached);
    },
  };
}

function addBatch(reached: Reached, batch: Partial<CountedBatch>): Reached {
  const { skippedErased = 0, skippedOther = 0, keptOrders = 0 } = batch;
  return {
    ...reached,
    skippedErased: reached.skippedErased + skippedErased,
    skippedOther: reached.skippedOther + skippedOther,
    keptOrders: reached.keptOrders + keptOrders,
  };
}
