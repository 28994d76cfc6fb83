import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { MediatorEntry } from '../../mediators/directory';
import { requireColleague, requireKind } from '../../mediators/require-kind';
import type { PartDeps } from '../../part';
import { findClaimable, type Wanted } from './find-claimable';
import { enterTasks, tasksTopic } from './find-task';
import type { FollowTask } from './follow-task';
import type { FreeTasks } from './free-tasks';
import { claim, type Task } from './task';
import type { ClaimBody } from './task-schemas';

export interface ClaimCall {
  readonly mediator: string;
  readonly body: ClaimBody;
  readonly trace: TraceContext;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

/** Has a colleague hold tasks, waiting for some if there are none. A caller that has gone meanwhile takes nothing with it. */
export type ClaimTasks = (call: ClaimCall) => Promise<readonly Task[]>;

type ClaimTasksDeps = Pick<PartDeps, 'database' | 'directory' | 'clock' | 'waiting'> & {
  readonly followTask: Pick<FollowTask, 'save'>;
  readonly freeTasks: Pick<FreeTasks, 'giveBack'>;
};

export function createClaimTasks(deps: ClaimTasksDeps): ClaimTasks {
  const { database, directory, clock, waiting, followTask, freeTasks } = deps;

  /** Looks first without a lock: most looks of those who wait find nothing. */
  async function look(call: ClaimCall): Promise<readonly Task[] | undefined> {
    const { mediator, body } = call;
    const entry = await directory.find(mediator);
    const wanted = toWanted(entry, body);
    const found = await findClaimable(database.queries, { ...wanted, limit: 1 }, clock.now());
    if (found.length === 0) return undefined;
    const claimed = await database.transact(async (tx) => {
      const entered = await enterTasks(tx, directory, mediator);
      return claimAll(tx, entered, call);
    });
    return claimed.length > 0 ? claimed : undefined;
  }

  async function claimAll(
    tx: Transaction,
    entry: MediatorEntry,
    { body, trace }: ClaimCall,
  ): Promise<readonly Task[]> {
    const { colleague_id: colleagueId, lease_ms: leaseMs, limit } = body;
    const wanted = toWanted(entry, body);
    const now = clock.now();
    const claimed: Task[] = [];
    for (let isMore = true; isMore;) {
      const found = await findClaimable(tx.queries, { ...wanted, limit: limit - claimed.length }, now);
      const sure = firstOfEachKey(found);
      for (const task of sure) {
        const running = claim(task, { colleagueId, leaseMs }, now);
        claimed.push(await followTask.save(tx, { entry, task }, running, trace));
      }
      isMore = sure.length < found.length;
    }
    return claimed.toSorted(
      (one, other) => one.turn - other.turn || (one.orderKey < other.orderKey ? -1 : 1),
    );
  }

  return async function claimTasks(call) {
    const { mediator, body, signal } = call;
    const entry = await directory.find(mediator);
    requireKind(entry, 'task');
    await directory.noteCall(entry, body.colleague_id);
    const topics = [tasksTopic(entry.mediator.key)];
    const wait = { topics, waitMs: body.wait_ms, signal };
    const claimed = (await waiting.until(wait, () => look(call))) ?? [];
    if (signal.aborted && claimed.length > 0) {
      await database.transact((tx) => freeTasks.giveBack(tx, mediator, claimed));
    }
    return claimed;
  };
}

/** Throws `colleague-not-found`. */
function toWanted(entry: MediatorEntry, { colleague_id: id, types, limit }: ClaimBody): Wanted {
  const { id: colleagueId } = requireColleague(entry, id);
  return { mediatorKey: entry.mediator.key, colleagueId, types, limit };
}

/** Whether the others of a concurrency key may still run is known when the first one does. */
function firstOfEachKey(tasks: readonly Task[]): readonly Task[] {
  const keys = new Set<string>();
  return tasks.filter(({ concurrencyKey: key }) => {
    if (key === null) return true;
    const isFirst = !keys.has(key);
    keys.add(key);
    return isFirst;
  });
}
