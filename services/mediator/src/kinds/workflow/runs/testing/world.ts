import { definitionSchema } from '../../definitions/definition-schema';
import type { WorkflowDefinition } from '../../definitions/definition';
import type { Evaluate } from '../../definitions/expressions';
import { answerQuestion } from '../answer-question';
import { decide, decideStart, type Decision } from '../decide';
import type { ChildInput, DecisionContext, Effect } from '../draft';
import { planNextAction } from '../next-action';
import { findQuestions, noAnswers, type Answers } from '../questions';
import { hasEnded, resultsOf, type Run } from '../run';
import type { RunEvent } from '../run-event';
import type { RunInput } from '../run-input';
import { toStarted } from '../started';

/** A command as whoever gets it sees it. */
export interface GivenCommand {
  readonly runId: string;
  readonly commandId: string;
  readonly type: string;
  readonly data: unknown;
  readonly attempt: number;
}

export interface WorldOptions {
  readonly random?: () => number;
  readonly evaluate?: Evaluate;
  /** Whether somebody is there to take a command. */
  readonly hasHandler?: (type: string) => boolean;
  /** What sub-workflows are made of. */
  readonly definitions?: readonly WorkflowDefinition[];
  readonly maxBytes?: number;
}

/** What runs are in, made of nothing but memory: time, those who take commands, and other runs. */
export interface World {
  readonly given: readonly GivenCommand[];
  /** Ids of commands that somebody has, and that were not withdrawn. */
  readonly open: ReadonlySet<string>;
  start(definition: WorkflowDefinition, data?: Readonly<Record<string, unknown>>): Run;
  run(id?: string): Run;
  runs(): readonly Run[];
  history(id?: string): readonly RunEvent[];
  nextActionAt(id: string): number | null;
  tell(input: RunInput, id?: string): Decision;
  done(commandId: string, result?: unknown): Decision;
  fail(commandId: string, code?: string, retryable?: boolean): Decision;
  /** Lets time pass until something is due, and does it; false when nothing will ever happen by itself. */
  pass(): Promise<boolean>;
  passUntilQuiet(): Promise<void>;
}

const schema = definitionSchema({ retryCount: 3, timeoutMs: 60_000 });

/** A definition of steps as they are posted. */
export function define(steps: readonly object[], fields: object = {}): WorkflowDefinition {
  return schema.parse({ name: 'w', steps, ...fields });
}

/** Knows expressions that are JSON, and those that compare the iteration. */
export const evaluateConstant: Evaluate = async (expression, { iteration, item }) => {
  if (expression === 'broken') {
    return { failure: { code: 'expression', message: 'broken', retryable: false } };
  }
  if (expression === 'item') return { value: item };
  const round = /^iteration = (\d+)$/.exec(expression)?.[1];
  return { value: round === undefined ? (JSON.parse(expression) as unknown) : iteration === Number(round) };
};

interface Kept {
  run: Run;
  readonly definition: WorkflowDefinition;
  readonly events: RunEvent[];
}

export function createWorld(options: WorldOptions = {}): World {
  const { random = () => 0.5, evaluate = evaluateConstant, hasHandler = () => true } = options;
  const { definitions = [], maxBytes = 1_000 } = options;
  const runs = new Map<string, Kept>();
  const given: GivenCommand[] = [];
  const open = new Set<string>();
  const ended: string[] = [];
  let now = 1_000_000;

  const kept = (id: string): Kept => {
    const found = runs.get(id);
    if (!found) throw new Error(`there is no run ${id}`);
    return found;
  };
  const contextOf = (definition: WorkflowDefinition, answers: Answers = noAnswers): DecisionContext => ({
    definition,
    now,
    random,
    maxBytes,
    timeoutMs: 60_000,
    answers,
  });

  function begin(id: string, definition: WorkflowDefinition, data: Run['data'], parent: Run['parent']): Run {
    const identity = { id, definition, version: 1, data, parent, handlerId: null, estimatedTime: null };
    const trace = { correlationid: id, traceparent: '' };
    const started = toStarted({ ...identity, trace, requestHash: '' }, now);
    const first = decideStart(started, contextOf(definition));
    runs.set(id, { run: first.run, definition, events: [] });
    keep(id, first);
    return kept(id).run;
  }

  /** As the engine does: what is decided because of an effect comes after the effects that are there already. */
  function keep(id: string, decision: Decision): void {
    const stored = kept(id);
    const effects = [...decision.effects];
    add(stored, decision);
    for (const effect of effects) {
      const outcome = perform(id, effect);
      if (!outcome) continue;
      const next = decide(stored.run, outcome, contextOf(stored.definition));
      add(stored, next);
      effects.push(...next.effects);
    }
    if (stored.run.parent && hasEnded(stored.run)) ended.push(id);
  }

  function add(stored: Kept, { run, events }: Decision): void {
    stored.run = copy(run);
    stored.events.push(...copy(events));
  }

  function perform(runId: string, effect: Effect): RunInput | null {
    switch (effect.kind) {
      case 'give-out':
        return giveOut(runId, effect);
      case 'withdraw':
        open.delete(effect.commandId);
        return null;
      case 'start-child':
        return startChild(runId, effect);
      case 'tell-child':
        tellChild(effect.id, effect.what);
        return null;
    }
  }

  function giveOut(runId: string, effect: Extract<Effect, { kind: 'give-out' }>): RunInput | null {
    const { commandId, type, data, attempt } = effect;
    if (!hasHandler(type)) return { kind: 'nobody', commandId };
    given.push({ runId, commandId, type, data, attempt });
    open.add(commandId);
    return null;
  }

  function startChild(
    runId: string,
    { id, name, data, timeoutMs }: Extract<Effect, { kind: 'start-child' }>,
  ): RunInput | null {
    const definition = definitions.find((candidate) => candidate.name === name);
    const error = { code: 'not-found', message: 'no definition', retryable: false };
    if (!definition) return { kind: 'child-ended', id, end: { status: 'failed', error } };
    // its step keeps no time of its own: the shorter limit is that of the child
    const limit = Math.min(definition.timeoutMs ?? Infinity, timeoutMs ?? Infinity);
    const limited = { ...definition, timeoutMs: limit === Infinity ? null : limit };
    begin(id, limited, { given: data }, { id: runId, depth: 1 });
    return null;
  }

  function tellChild(id: string, what: ChildInput): void {
    const statuses = {
      pause: ['running'],
      resume: ['paused'],
      cancel: ['running', 'paused'],
      undo: ['completed'],
    };
    const { run } = kept(id);
    if (statuses[what.kind].includes(run.status)) tell(what, id);
    else if (hasEnded(run)) ended.push(id);
  }

  function tell(input: RunInput, id = 'r', answers?: Answers): Decision {
    const { run, definition } = kept(id);
    const decision = decide(run, input, contextOf(definition, answers));
    keep(id, decision);
    return decision;
  }

  /** Of what ended, the runs above are told in their own time. */
  function tellEnd(id: string): void {
    const { run } = kept(id);
    if (!run.parent || !hasEnded(run)) return;
    const error = run.error ?? { code: 'failed', message: '', retryable: false };
    const end =
      run.status === 'completed'
        ? { status: 'completed' as const, results: resultsOf(run) }
        : { status: run.status === 'failed' ? ('failed' as const) : ('cancelled' as const), error };
    tell({ kind: 'child-ended', id, end }, run.parent.id);
  }

  async function wake(id: string): Promise<void> {
    const { run, definition } = kept(id);
    const questions = findQuestions(run, definition);
    const answers: [string, Awaited<ReturnType<typeof answerQuestion>>][] = [];
    for (const question of questions) answers.push([question.key, await answerQuestion(question, evaluate)]);
    tell({ kind: 'due' }, id, new Map(answers));
  }

  async function pass(): Promise<boolean> {
    const end = ended.shift();
    if (end !== undefined) {
      tellEnd(end);
      return true;
    }
    const due = [...runs.values()]
      .map(({ run, definition }) => ({ id: run.id, at: planNextAction(run, definition, now) }))
      .filter(({ at }) => at !== null)
      .sort((one, other) => (one.at ?? 0) - (other.at ?? 0))[0];
    if (!due) return false;
    now = Math.max(now, due.at ?? now);
    await wake(due.id);
    return true;
  }

  return {
    given,
    open,
    start: (definition, data = {}) => begin('r', definition, data, null),
    run: (id = 'r') => kept(id).run,
    runs: () => [...runs.values()].map(({ run }) => run),
    history: (id = 'r') => kept(id).events,
    nextActionAt: (id) => planNextAction(kept(id).run, kept(id).definition, now),
    tell,
    done(commandId, result = null) {
      open.delete(commandId);
      return tell({ kind: 'answer', commandId, outcome: { status: 'done', result } }, ownerOf(commandId));
    },
    fail(commandId, code = 'failed', retryable = false) {
      const error = { code, message: 'it failed', retryable };
      const outcome = { status: 'failed', error, isRefusal: !retryable } as const;
      return tell({ kind: 'answer', commandId, outcome }, ownerOf(commandId));
    },
    pass,
    async passUntilQuiet() {
      for (const { run, definition } of [...runs.values()]) {
        for (;;) {
          const current = kept(run.id).run;
          const at = planNextAction(current, definition, now);
          if (at === null || at > now || hasEnded(current)) break;
          await wake(run.id);
        }
      }
      while (ended.length > 0) await pass();
    },
  };

  function ownerOf(commandId: string): string {
    return given.findLast((command) => command.commandId === commandId)?.runId ?? 'r';
  }
}

/** As it would come out of a database. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
