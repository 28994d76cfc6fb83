import type { StepDefinition } from '../definitions/definition';
import { commandData } from './command-data';
import { definitionOf, type Draft } from './draft';
import { completeStep, endRound, failStep } from './end-step';
import type { StepAnswer } from './questions';
import { commandIdOf, stepOf, type Given, type RunStep } from './run';
import type { RunEventData } from './run-event';

/** Ids that are made of it, such as that of its compensation, have to fit into 255 characters. */
const maxCommandIdLength = 240;

/** Begins a step whose turn it is, or ends it at once. */
export function beginStep(draft: Draft, step: RunStep, answer: StepAnswer): void {
  const { loop } = definitionOf(draft.definition, step.id);
  switch (answer.kind) {
    case 'skip':
      draft.emitStep(step.id, 'step_skipped', {});
      return;
    case 'failed':
      draft.emitStep(step.id, 'step_started', { ...notBegun, iteration: null });
      failStep(draft, step.id, answer.error);
      return;
    case 'end':
      return;
    case 'go':
      if (loop?.kind === 'items') beginItems(draft, step, answer, loop.max);
      else beginRound(draft, step, { input: answer.input, iteration: loop ? 0 : null });
  }
}

/** Goes on with a loop that has ended a round, or ends it. */
export function goOn(draft: Draft, step: RunStep, answer: StepAnswer): void {
  const { loop } = definitionOf(draft.definition, step.id);
  const iteration = step.rounds?.length ?? 0;
  const isThrough = loop?.kind === 'items' && iteration >= (step.items?.length ?? 0);
  if (answer.kind === 'failed') failStep(draft, step.id, answer.error);
  else if (answer.kind !== 'go' || isThrough) completeStep(draft, step.id);
  else if (loop && iteration >= loop.max) failBound(draft, step, `is not over after ${loop.max} rounds`);
  else beginRound(draft, step, { input: answer.input, iteration });
}

/** A step that ends before it has sent anything. */
const notBegun = { command_id: null, attempt: 0, due_at: null, times_out: false } as const;

function beginItems(
  draft: Draft,
  step: RunStep,
  { input, items }: Extract<StepAnswer, { kind: 'go' }>,
  max: number,
): void {
  const count = items?.length ?? 0;
  if (items && count > 0 && count <= max) {
    beginRound(draft, step, { input, iteration: 0, items });
    return;
  }
  draft.emitStep(step.id, 'step_started', { ...notBegun, iteration: 0 });
  if (count === 0) completeStep(draft, step.id);
  else failBound(draft, step, `has ${count} items, and may have ${max}`);
}

function failBound(draft: Draft, { id }: RunStep, reason: string): void {
  failStep(draft, id, { code: 'loop-bound', message: `the loop ${reason}`, retryable: false });
}

interface Round {
  readonly input: Given | null;
  readonly iteration: number | null;
  /** With the first round only. */
  readonly items?: readonly unknown[];
}

function beginRound(draft: Draft, before: RunStep, { input, iteration, items }: Round): void {
  const commandId = commandIdOf(draft.run, { id: before.id, count: before.count + 1 });
  if (commandId.length > maxCommandIdLength) {
    draft.emitStep(before.id, 'step_started', { ...notBegun, iteration });
    const message = 'the run stands so deeply in others that its ids become too long';
    failStep(draft, before.id, { code: 'too-deep', message, retryable: false });
    return;
  }
  const definition = definitionOf(draft.definition, before.id);
  draft.emitStep(before.id, 'step_started', {
    command_id: commandId,
    attempt: 1,
    iteration,
    ...(input && { input: input.value }),
    ...(items && { items }),
    ...planEnd(definition, draft.now),
  });
  act(draft, stepOf(draft.run, before.id), definition, commandId);
}

/** When a try ends by itself, and whether it has failed by then. */
function planEnd(
  { action, timeoutMs }: StepDefinition,
  now: number,
): Pick<RunEventData['step_started'], 'due_at' | 'times_out'> {
  const limit = timeoutMs === null ? null : now + timeoutMs;
  if (action.kind !== 'delay' && action.kind !== 'until') return { due_at: limit, times_out: true };
  const end = action.kind === 'delay' ? now + action.ms : Math.max(now, Date.parse(action.until));
  const timesOut = limit !== null && limit < end;
  return { due_at: timesOut ? limit : end, times_out: timesOut };
}

function act(draft: Draft, step: RunStep, definition: StepDefinition, commandId: string): void {
  const { action, timeoutMs } = definition;
  switch (action.kind) {
    case 'command':
      giveOut(draft, step);
      return;
    case 'workflow': {
      const data = commandData(draft.run, definition, step.input);
      draft.effect({
        kind: 'start-child',
        stepId: step.id,
        id: commandId,
        name: action.name,
        data,
        timeoutMs,
      });
      return;
    }
    case 'signal': {
      const kept = draft.run.signals.find(({ name }) => name === action.signal);
      if (kept) endRound(draft, step.id, kept.data, kept.id);
      return;
    }
    case 'delay':
    case 'until':
  }
}

/** Tries the command of a step once more. */
export function tryAgain(draft: Draft, { id, attempts, rounds }: RunStep): void {
  draft.emitStep(id, 'step_started', {
    command_id: commandIdOf(draft.run, stepOf(draft.run, id)),
    attempt: attempts + 1,
    iteration: rounds?.length ?? null,
    ...planEnd(definitionOf(draft.definition, id), draft.now),
  });
  giveOut(draft, stepOf(draft.run, id));
}

function giveOut(draft: Draft, step: RunStep): void {
  const definition = definitionOf(draft.definition, step.id);
  draft.effect({
    kind: 'give-out',
    stepId: step.id,
    commandId: commandIdOf(draft.run, step),
    undoes: null,
    type: step.type,
    data: commandData(draft.run, definition, step.input),
    attempt: step.attempts,
    isAgain: step.sent > 1,
    dueAt: step.dueAt ?? draft.now,
  });
}
