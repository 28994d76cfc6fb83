import { workflowCancelled, workflowCompleted, workflowFailed } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { MediatorEntry } from '../../../mediators/directory';
import type { PartDeps } from '../../../part';
import type { WorkflowDefinition } from '../definitions/definition';
import type { Definitions } from '../definitions/definitions';
import { decide, decideStart, type Decision } from './decide';
import type { DecisionContext } from './draft';
import { endTimer, runTimer, type Engine, type NewRun, type RunListener, type RunReport } from './engine';
import { planNextAction } from './next-action';
import { createPerform } from './perform-effects';
import { noAnswers, type Answers } from './questions';
import { hasEnded } from './run';
import type { RunEvent } from './run-event';
import type { RunInput } from './run-input';
import { runStore, type StoredRun } from './run-store';
import { toStarted } from './started';

export type EngineDeps = Pick<PartDeps, 'config' | 'clock' | 'random' | 'work' | 'timers' | 'announce'> & {
  readonly definitions: Pick<Definitions, 'find'>;
  readonly listeners: readonly RunListener[];
};

/** A run with what was decided about it. */
interface Decided {
  readonly stored: StoredRun;
  readonly decision: Decision;
  readonly keep: 'insert' | 'update';
}

export function createEngine(deps: EngineDeps): Engine {
  const { config, clock, random, timers, listeners } = deps;
  const engine: Engine = { begin, tell, wake };
  const perform = createPerform({ ...deps, engine });

  function contextOf(definition: WorkflowDefinition, answers = noAnswers): DecisionContext {
    const { maxMessageBytes: maxBytes, timeoutMs } = config;
    return { definition, now: clock.now().getTime(), random, maxBytes, timeoutMs, answers };
  }

  async function begin(tx: Transaction, entry: MediatorEntry, begun: NewRun): Promise<StoredRun> {
    const { definition, trace, requestHash } = begun;
    const context = contextOf(definition);
    const first = decideStart(toStarted(begun, context.now), context);
    const mediatorKey = entry.mediator.key;
    const stored = { mediatorKey, run: first.run, definition, trace, requestHash, nextActionAt: null };
    return enact(tx, entry, { stored, decision: first, keep: 'insert' });
  }

  async function tell(tx: Transaction, entry: MediatorEntry, id: string, input: RunInput) {
    const stored = await runStore.lock(tx, entry.mediator.key, id);
    if (!stored) return null;
    const decision = decide(stored.run, input, contextOf(stored.definition));
    const { isLate, events, effects } = decision;
    if (events.length === 0 && effects.length === 0) return { stored, isLate };
    return { stored: await enact(tx, entry, { stored, decision, keep: 'update' }), isLate };
  }

  async function wake(tx: Transaction, entry: MediatorEntry, id: string, answers: Answers): Promise<void> {
    const stored = await runStore.lock(tx, entry.mediator.key, id);
    if (!stored || hasEnded(stored.run)) return;
    const decision = decide(stored.run, { kind: 'due' }, contextOf(stored.definition, answers));
    await enact(tx, entry, { stored, decision, keep: 'update' });
  }

  /** Does what was decided, decides about what comes of that, and keeps it all. */
  async function enact(
    tx: Transaction,
    entry: MediatorEntry,
    { stored, decision, keep }: Decided,
  ): Promise<StoredRun> {
    const context = contextOf(stored.definition);
    const events = [...decision.events];
    const effects = [...decision.effects];
    let { run } = decision;
    for (const effect of effects) {
      const outcome = await perform(tx, entry, { ...stored, run }, effect);
      if (!outcome) continue;
      const next = decide(run, outcome, context);
      run = next.run;
      events.push(...next.events);
      effects.push(...next.effects);
    }
    const nextActionAt = planNextAction(run, stored.definition, context.now);
    const after = { ...stored, run, nextActionAt };
    await runStore[keep](tx, after);
    await runStore.append(tx, after, events);
    setTimers(tx, after, events);
    await report(tx, entry, after, events);
    return after;
  }

  function setTimers(tx: Transaction, stored: StoredRun, events: readonly RunEvent[]): void {
    const { mediatorKey, run, nextActionAt } = stored;
    const key = { kind: runTimer, mediatorKey, id: run.id };
    if (nextActionAt === null) timers.cancel(tx, key);
    else timers.set(tx, { ...key, dueAt: new Date(nextActionAt) });
    if (run.parent && events.some(isEnd)) {
      timers.set(tx, { kind: endTimer, mediatorKey, id: run.id, dueAt: clock.now() });
    }
  }

  async function report(
    tx: Transaction,
    entry: MediatorEntry,
    { run, trace }: StoredRun,
    events: readonly RunEvent[],
  ): Promise<void> {
    for (const event of events) if (isEnd(event)) announceEnd(tx, deps, { entry, run, trace, event });
    if (events.length === 0) return;
    for (const listener of listeners) await listener(tx, { entry, run, events, trace });
  }

  return engine;
}

type EndEvent = RunEvent<'workflow_completed' | 'workflow_failed' | 'workflow_cancelled'>;

function isEnd(event: RunEvent): event is EndEvent {
  return (
    event.type === 'workflow_completed' ||
    event.type === 'workflow_failed' ||
    event.type === 'workflow_cancelled'
  );
}

function announceEnd(
  tx: Transaction,
  { announce }: Pick<EngineDeps, 'announce'>,
  { entry, run, trace, event }: Omit<RunReport, 'events'> & { readonly event: EndEvent },
): void {
  const ended = { mediator: entry.mediator.name, workflow_id: run.id, name: run.name };
  switch (event.type) {
    case 'workflow_completed':
      announce(tx, workflowCompleted, ended, trace);
      break;
    case 'workflow_failed':
      announce(tx, workflowFailed, { ...ended, error: event.data.error }, trace);
      break;
    case 'workflow_cancelled':
      announce(tx, workflowCancelled, { ...ended, error: event.data.error }, trace);
  }
}
