import type { StepDefinition, WorkflowDefinition } from '../definitions/definition';
import { evolve } from './fold';
import type { Answers } from './questions';
import type { Run } from './run';
import type { RunEvent, RunEventData, RunEventType, StepEventType } from './run-event';

/** What has to be done outside of the run when its events are kept, in this order. */
export type Effect =
  | {
      readonly kind: 'give-out';
      readonly stepId: string;
      /** What undoes has an id of its own, and goes to whoever handles the type of the step. */
      readonly undoes: string | null;
      readonly commandId: string;
      readonly type: string;
      readonly data: unknown;
      readonly attempt: number;
      /** The same command was handed to somebody before. */
      readonly isAgain: boolean;
      readonly dueAt: number;
    }
  | { readonly kind: 'withdraw'; readonly commandId: string }
  | {
      readonly kind: 'start-child';
      readonly stepId: string;
      readonly id: string;
      readonly name: string;
      readonly data: unknown;
      readonly timeoutMs: number | null;
    }
  | { readonly kind: 'tell-child'; readonly id: string; readonly what: ChildInput };

/** What a run says to a run that is a step of it. */
export type ChildInput =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'undo' }
  | { readonly kind: 'cancel'; readonly reason: string; readonly compensate: boolean };

export interface DecisionContext {
  readonly definition: WorkflowDefinition;
  /** Milliseconds. */
  readonly now: number;
  /** 0 up to 1, for jitter. */
  readonly random: () => number;
  /** No input or result may be longer as JSON. */
  readonly maxBytes: number;
  /** Of what undoes a step that has no limit. */
  readonly timeoutMs: number;
  /** What the expressions of steps gave that could not begin without them. */
  readonly answers: Answers;
}

/** A decision while it is made: what is emitted has happened at once for whoever looks at the run afterwards. */
export interface Draft extends DecisionContext {
  readonly run: Run;
  readonly events: readonly RunEvent[];
  readonly effects: readonly Effect[];
  emit<Type extends Exclude<RunEventType, StepEventType>>(type: Type, data: RunEventData[Type]): void;
  emitStep<Type extends StepEventType>(stepId: string, type: Type, data: RunEventData[Type]): void;
  effect(effect: Effect): void;
}

export function createDraft(before: Run | null, context: DecisionContext): Draft {
  let run = before;
  const events: RunEvent[] = [];
  const effects: Effect[] = [];

  function add(event: RunEvent): void {
    run = evolve(run, event);
    events.push(event);
  }

  return {
    ...context,
    get run() {
      if (!run) throw new Error('the run has not begun');
      return run;
    },
    events,
    effects,
    emit(type, data) {
      // type and data belong together by the signature, which the union cannot see
      add({ type, at: context.now, stepId: null, data } as RunEvent);
    },
    emitStep(stepId, type, data) {
      add({ type, at: context.now, stepId, data } as RunEvent);
    },
    effect: (effect) => void effects.push(effect),
  };
}

/** How a step was defined. */
export function definitionOf({ steps }: WorkflowDefinition, id: string): StepDefinition {
  const step = steps.find((candidate) => candidate.id === id);
  if (!step) throw new Error(`the definition has no step ${id}`);
  return step;
}
