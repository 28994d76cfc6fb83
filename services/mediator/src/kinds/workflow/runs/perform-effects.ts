import { hasCode } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import type { Failure } from '../../../failure';
import type { MediatorEntry } from '../../../mediators/directory';
import { findHandler } from '../../../mediators/find-handler';
import type { PartDeps } from '../../../part';
import type { WorkOrder } from '../../../work/work';
import type { Definitions } from '../definitions/definitions';
import { definitionOf, type ChildInput, type Effect } from './draft';
import { endTimer, type Engine } from './engine';
import { hasEnded, type Run } from './run';
import type { RunInput } from './run-input';
import { runStore, type StoredRun } from './run-store';

/** Name of the source of the work that runs give out. */
export const workSource = 'workflow';

/** No run stands below more than so many others. */
const maxDepth = 16;

type GiveOut = Extract<Effect, { kind: 'give-out' }>;
type StartChild = Extract<Effect, { kind: 'start-child' }>;

/** Does what a decision asks for, in its transaction; gives what the run has to be told of it at once. */
export type Perform = (
  tx: Transaction,
  entry: MediatorEntry,
  stored: StoredRun,
  effect: Effect,
) => Promise<RunInput | null>;

export type PerformDeps = Pick<PartDeps, 'work' | 'timers' | 'clock'> & {
  readonly definitions: Pick<Definitions, 'find'>;
  readonly engine: Engine;
};

export function createPerform({ work, timers, clock, definitions, engine }: PerformDeps): Perform {
  return async function perform(tx, entry, stored, effect) {
    switch (effect.kind) {
      case 'give-out':
        return giveOut(tx, entry, stored, effect);
      case 'withdraw':
        await work.withdraw(tx, stored.mediatorKey, [effect.commandId]);
        return null;
      case 'start-child':
        return startChild(tx, entry, stored, effect);
      case 'tell-child':
        return tellChild(tx, entry, effect.id, effect.what);
    }
  };

  async function giveOut(tx: Transaction, entry: MediatorEntry, stored: StoredRun, effect: GiveOut) {
    const order = toWorkOrder(entry, stored, effect, clock.now());
    const { commandId } = effect;
    try {
      const failure = await work.giveOut(tx, order);
      return failure && { kind: 'nobody' as const, commandId };
    } catch (error) {
      if (hasCode(error, 'already_exists')) return refused(commandId, error.message);
      throw error;
    }
  }

  async function startChild(tx: Transaction, entry: MediatorEntry, stored: StoredRun, effect: StartChild) {
    const { id, name, data, timeoutMs } = effect;
    const depth = (stored.run.parent?.depth ?? 0) + 1;
    const fail = (code: string, message: string) => endedBadly(id, { code, message, retryable: false });
    if (depth > maxDepth)
      return fail('too-deep', `more than ${maxDepth} workflows would stand above ${name}`);
    const found = await definitions.find(tx.queries, stored.mediatorKey, name);
    if (!found) return fail('not-found', `there is no definition ${name}`);
    if (await runStore.find(tx.queries, stored.mediatorKey, id)) {
      return fail('already-exists', `there is another workflow ${id}`);
    }
    const { definition, version } = found;
    await engine.begin(tx, entry, {
      id,
      version,
      trace: stored.trace,
      estimatedTime: null,
      requestHash: '',
      definition: { ...definition, timeoutMs: shorter(definition.timeoutMs, timeoutMs) },
      data: isObject(data) ? data : { input: data },
      handlerId: handlerOf(stored, effect),
      parent: { id: stored.run.id, depth },
    });
    return null;
  }

  async function tellChild(tx: Transaction, entry: MediatorEntry, id: string, what: ChildInput) {
    const child = await runStore.lock(tx, entry.mediator.key, id);
    if (!child)
      return endedBadly(id, { code: 'not-found', message: `there is no workflow ${id}`, retryable: false });
    if (isFor(child.run, what)) await engine.tell(tx, entry, id, what);
    // one that has ended tells its end (again), where it was not what is wanted of it
    else if (hasEnded(child.run)) {
      timers.set(tx, { kind: endTimer, mediatorKey: entry.mediator.key, id, dueAt: clock.now() });
    }
    return null;
  }
}

function isFor({ status }: Run, { kind }: ChildInput): boolean {
  switch (kind) {
    case 'pause':
      return status === 'running';
    case 'resume':
      return status === 'paused';
    case 'cancel':
      return status === 'running' || status === 'paused';
    case 'undo':
      return status === 'completed';
  }
}

/** As a handler would refuse it. */
function refused(commandId: string, message: string): RunInput {
  const error = { code: 'already-exists', message, retryable: false };
  return { kind: 'answer', commandId, outcome: { status: 'failed', error, isRefusal: true } };
}

function endedBadly(id: string, error: Failure): RunInput {
  return { kind: 'child-ended', id, end: { status: 'failed', error } };
}

function handlerOf({ run, definition }: StoredRun, { stepId }: { readonly stepId: string }): string | null {
  return definitionOf(definition, stepId).handlerId ?? run.handlerId;
}

function toWorkOrder(entry: MediatorEntry, stored: StoredRun, effect: GiveOut, now: Date): WorkOrder {
  const { commandId, isAgain, type, data, undoes, dueAt } = effect;
  const named = handlerOf(stored, effect) ?? undefined;
  // what undoes goes to whoever does
  const doer = undoes === null ? undefined : findHandler(entry, { handlerId: named, type: undoes })?.id;
  return {
    entry,
    isAgain,
    id: commandId,
    source: workSource,
    ref: stored.run.id,
    kind: 'command',
    type,
    data,
    handlerId: named ?? doer,
    deadline: new Date(dueAt),
    timeoutMs: Math.max(1, dueAt - now.getTime()),
    trace: stored.trace,
  };
}

function shorter(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
