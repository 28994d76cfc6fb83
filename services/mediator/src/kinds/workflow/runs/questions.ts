import type { Failure } from '../../../failure';
import type { StepDefinition, WorkflowDefinition } from '../definitions/definition';
import type { Scope } from '../definitions/expressions';
import { hasEndedWell, isBetweenRounds, resultsOf, type Given, type Run, type RunStep } from './run';

/**
 * Expressions are evaluated in a thread and may take their time, in which no row may be locked. So a step that needs one
 * is a question: it is answered between two transactions, and the answer decides about the step if the question still
 * stands.
 */
export interface Question {
  readonly key: string;
  readonly step: StepDefinition;
  readonly scope: Scope;
  /** What its loop goes through, where that is known already. */
  readonly items: readonly unknown[] | null;
}

/** What the expressions of a step say about it. */
export type StepAnswer =
  | { readonly kind: 'failed'; readonly error: Failure }
  /** Its `when` is false. */
  | { readonly kind: 'skip' }
  /** Its `until` is true. */
  | { readonly kind: 'end' }
  | { readonly kind: 'go'; readonly input: Given | null; readonly items: readonly unknown[] | null };

/** By the key of the question. */
export type Answers = ReadonlyMap<string, StepAnswer>;

export const noAnswers: Answers = new Map();

const goPlainly: StepAnswer = { kind: 'go', input: null, items: null };

/** What is known about a step that waits to begin, or to go on; null as long as it is a question. */
export function answerOf(run: Run, step: RunStep, definition: StepDefinition, answers: Answers) {
  return needsExpression(step, definition) ? (answers.get(keyOf(run, step)) ?? null) : goPlainly;
}

/** All questions that a run has now. */
export function findQuestions(run: Run, { steps: definitions }: WorkflowDefinition): readonly Question[] {
  if (run.status !== 'running' || run.goal) return [];
  return definitions.flatMap((step, index) => {
    const state = run.steps[index];
    if (!state || !needsExpression(state, step) || !isNext(run, state, step)) return [];
    return [{ key: keyOf(run, state), step, scope: scopeOf(run, state), items: state.items }];
  });
}

/** Nothing but the run, and expressions, holds the step back. */
export function isNext({ steps }: Run, step: RunStep, { dependencies }: StepDefinition): boolean {
  if (isBetweenRounds(step)) return true;
  if (step.status !== 'pending') return false;
  return steps.every((other) => !dependencies.includes(other.id) || hasEndedWell(other));
}

function needsExpression(step: RunStep, { when, loop, input }: StepDefinition): boolean {
  if (!isBetweenRounds(step)) return when !== null || loop?.kind === 'items' || input !== null;
  if (loop?.kind === 'until') return true;
  return input !== null && step.rounds?.length !== step.items?.length;
}

/** The same for the same question only: no two rounds of a step, nor tries by hand, have the same. */
function keyOf({ retries }: Run, { id, count }: RunStep): string {
  return `${retries}:${count}:${id}`;
}

/** As of the round that has ended; before the first there is none. */
function scopeOf(run: Run, { rounds }: RunStep): Scope {
  const seen = { data: run.data, results: resultsOf(run) };
  if (!rounds || rounds.length === 0) return seen;
  return { ...seen, iteration: rounds.length - 1, result: rounds.at(-1) };
}
