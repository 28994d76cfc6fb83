import { isTrue, toItems, type Evaluate, type Evaluation, type Scope } from '../definitions/expressions';
import type { Question, StepAnswer } from './questions';

/** Evaluates what a step needs before it can begin, or before its loop can go on. */
export async function answerQuestion(question: Question, evaluate: Evaluate): Promise<StepAnswer> {
  const { step, scope, items } = question;
  return scope.iteration === undefined
    ? await answerBeforeFirst(step, scope, evaluate)
    : await answerBetween(step, { ...scope, iteration: scope.iteration }, items, evaluate);
}

async function answerBeforeFirst(
  { when, loop, input }: Question['step'],
  scope: Scope,
  evaluate: Evaluate,
): Promise<StepAnswer> {
  if (when !== null) {
    const condition = await evaluate(when, scope);
    if ('failure' in condition) return failed(condition);
    if (!isTrue(condition.value)) return { kind: 'skip' };
  }
  if (!loop) return go(input, scope, null, evaluate);
  if (loop.kind === 'until') return go(input, { ...scope, iteration: 0 }, null, evaluate);
  const found = await evaluate(loop.items, scope);
  if ('failure' in found) return failed(found);
  const items = toItems(found.value);
  return go(input, { ...scope, iteration: 0, item: items[0] ?? null }, items, evaluate);
}

async function answerBetween(
  { loop, input }: Question['step'],
  scope: Scope & { readonly iteration: number },
  items: Question['items'],
  evaluate: Evaluate,
): Promise<StepAnswer> {
  if (loop?.kind === 'until') {
    const end = await evaluate(loop.until, scope);
    if ('failure' in end) return failed(end);
    if (isTrue(end.value)) return { kind: 'end' };
  }
  const iteration = scope.iteration + 1;
  const next = { ...scope, iteration, ...(items && { item: items[iteration] ?? null }) };
  return go(input, next, null, evaluate);
}

async function go(
  input: string | null,
  scope: Scope,
  items: readonly unknown[] | null,
  evaluate: Evaluate,
): Promise<StepAnswer> {
  if (input === null || items?.length === 0) return { kind: 'go', input: null, items };
  const value = await evaluate(input, scope);
  return 'failure' in value ? failed(value) : { kind: 'go', input: value, items };
}

function failed({ failure }: Extract<Evaluation, { failure: unknown }>): StepAnswer {
  return { kind: 'failed', error: failure };
}
