import { hasCode, PermanentError, type Clock } from '@fanfare/core';
import { createExpressions } from '@fanfare/service-kit';
import jsonata from 'jsonata';
import type { Failure } from '../../../failure';

/** What the expressions of a step see. */
export interface Scope {
  /** Of the run. */
  readonly data: unknown;
  /** Of the steps that have completed, by id. */
  readonly results: Readonly<Record<string, unknown>>;
  /** In a loop over items. */
  readonly item?: unknown;
  /** Of the loop, from 0. */
  readonly iteration?: number;
  /** Of the iteration just done. */
  readonly result?: unknown;
}

/** The value as JSON, null where there is none; or why the step fails. */
export type Evaluation = { readonly value: unknown } | { readonly failure: Failure };

export type Evaluate = (expression: string, scope: Scope) => Promise<Evaluation>;

const expressions = createExpressions({ parse: jsonata, path: require.resolve('jsonata') });

/** Evaluates at the time of the service. An expression that takes too much gets a second chance: the machine may have been busy. */
export function createEvaluate(clock: Pick<Clock, 'now'>): Evaluate {
  return async function evaluate(expression, scope) {
    const attempt = () => expressions.evaluate(expression, scope, clock.now());
    try {
      const value = await attempt().catch((error: unknown) => {
        if (hasCode(error, 'internal')) return attempt();
        throw error;
      });
      return { value: value ?? null };
    } catch (error) {
      if (!(error instanceof PermanentError) && !hasCode(error, 'internal')) throw error;
      return { failure: { code: 'expression', message: error.message, retryable: false } };
    }
  };
}

/** What is wrong with an expression, and where; null when it is one. */
export function findFault(expression: string): string | null {
  try {
    expressions.check(expression);
    return null;
  } catch (error) {
    if (hasCode(error, 'invalid')) return error.message;
    throw error;
  }
}

/** Whether the value of a condition is true, as JSONata's `$boolean` has it. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isTrue);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The items of a loop: JSONata gives one alone without a list, and no value for none. */
export function toItems(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === null ? [] : [value];
}
