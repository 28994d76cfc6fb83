import type { RetryPolicy } from '../../../retry-policy';

/** A workflow as it was defined, with nothing left to be guessed: what a run begun with it goes by until it ends. */
export interface WorkflowDefinition {
  readonly name: string;
  readonly type: 'sequential' | 'parallel';
  readonly steps: readonly StepDefinition[];
  /** Of the whole run; null for none. */
  readonly timeoutMs: number | null;
}

export interface StepDefinition {
  /** Unique in the definition. */
  readonly id: string;
  readonly name: string;
  readonly action: StepAction;
  /** Ids of the steps that must have ended well before. */
  readonly dependencies: readonly string[];
  /** Expression: the step is skipped where it is false. */
  readonly when: string | null;
  readonly loop: StepLoop | null;
  /** Expression for the data of the command; null where it is the run's data overlaid with `data`. */
  readonly input: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** Null: the run's, or whoever takes the type. */
  readonly handlerId: string | null;
  readonly retry: RetryPolicy;
  /** Of one try; of a wait, the longest wait. Null where a wait has its own end. */
  readonly timeoutMs: number | null;
  /** The type of the command that undoes the step. */
  readonly compensate: string | null;
}

/** What a step does: a command to a handler, a wait, or a run of another definition. */
export type StepAction =
  | { readonly kind: 'command'; readonly type: string }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'delay'; readonly ms: number }
  /** `until` is an ISO time in UTC. */
  | { readonly kind: 'until'; readonly until: string }
  | { readonly kind: 'workflow'; readonly name: string };

/** Does the action again until an expression is true, or once for each item that an expression gives. */
export type StepLoop =
  | { readonly kind: 'until'; readonly until: string; readonly max: number }
  | { readonly kind: 'items'; readonly items: string; readonly max: number };

/** The expressions of a step, each with its place in it. */
export function expressionsOf({ when, loop, input }: StepDefinition) {
  const byField = {
    when,
    'loop.until': loop?.kind === 'until' ? loop.until : null,
    'loop.items': loop?.kind === 'items' ? loop.items : null,
    input,
  };
  return Object.entries(byField).flatMap(([field, expression]) =>
    expression === null ? [] : [{ field, expression }],
  );
}
