import type { RetryPolicy } from '../../../retry-policy';

type Wait = { readonly signal: string } | { readonly ms: number } | { readonly until: string };
type Loop = { readonly max: number } & ({ readonly until: string } | { readonly items: string });

type Action =
  | { readonly type: string; readonly wait?: never; readonly workflow?: never }
  | { readonly wait: Wait; readonly type?: never; readonly workflow?: never }
  | { readonly workflow: string; readonly type?: never; readonly wait?: never };

/** A step as it is written in JSON, without its id; it may wait for the steps of these ids. */
export type WorkflowStep<Id extends string> = Action & {
  readonly name?: string;
  readonly dependencies?: readonly Id[];
  readonly when?: string;
  readonly loop?: Loop;
  readonly input?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly handler_id?: string;
  readonly retry?: Partial<RetryPolicy>;
  readonly timeout_ms?: number;
  readonly compensate?: string;
};

export interface WorkflowToDefine<Id extends string> {
  readonly name: string;
  readonly type?: 'sequential' | 'parallel';
  /** By id, in their order; ids that are whole numbers would come first. */
  readonly steps: Readonly<Record<Id, WorkflowStep<NoInfer<Id>>>>;
  readonly timeout_ms?: number;
}

/** Writes a definition in TypeScript, where duplicate and unknown steps do not compile: gives what is posted as JSON. */
export function defineWorkflow<const Id extends string>({ steps, ...rest }: WorkflowToDefine<Id>) {
  const inOrder = Object.entries<WorkflowStep<Id>>(steps);
  return { ...rest, steps: inOrder.map(([id, step]) => ({ id, ...step })) };
}
