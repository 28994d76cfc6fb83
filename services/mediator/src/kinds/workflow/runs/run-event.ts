import type { Failure } from '../../../failure';
import type { ParentRun, RunError, StepKind, UndoKind } from './run';

/** What an event says, under the names that the history shows. Times are milliseconds. */
export interface RunEventData {
  workflow_started: {
    readonly id: string;
    readonly name: string;
    readonly version: number | null;
    readonly type: 'sequential' | 'parallel';
    readonly data: Readonly<Record<string, unknown>>;
    readonly handler_id: string | null;
    readonly parent: ParentRun | null;
    readonly estimated_time: number | null;
    readonly timeout_at: number | null;
    readonly steps: readonly StartedWithStep[];
  };
  workflow_paused: Nothing;
  workflow_resumed: Nothing;
  workflow_compensating: { readonly outcome: 'failed' | 'cancelled'; readonly error: RunError };
  /** `steps` are done again. */
  workflow_retried: {
    readonly from_step: string | null;
    readonly steps: readonly string[];
    readonly timeout_at: number | null;
  };
  workflow_completed: Nothing;
  workflow_failed: { readonly error: RunError };
  workflow_cancelled: { readonly error: RunError };
  /** One for each try. */
  step_started: {
    /** Null where an expression failed before there was a command. */
    readonly command_id: string | null;
    readonly attempt: number;
    /** Of a loop, from 0. */
    readonly iteration: number | null;
    /** What the expression gave, where there is one. */
    readonly input?: unknown;
    /** With the first round of a loop through items. */
    readonly items?: readonly unknown[];
    readonly due_at: number | null;
    readonly times_out: boolean;
  };
  step_attempt_failed: {
    readonly command_id: string | null;
    readonly attempt: number;
    readonly error: Failure;
    /** False where there was nobody to send it to. */
    readonly sent: boolean;
    /** The handler said that it did nothing. */
    readonly refused: boolean;
    readonly next_attempt_at: number | null;
    readonly compensation: boolean;
  };
  /** A round of a loop has ended well. */
  step_iterated: {
    readonly command_id: string;
    readonly iteration: number;
    readonly result: unknown;
    readonly signal_id?: string;
  };
  /** `result` is left out after a loop: it is the list of what its rounds gave. */
  step_completed: {
    readonly command_id: string | null;
    readonly result?: unknown;
    readonly signal_id?: string;
  };
  step_failed: { readonly command_id: string | null; readonly error: Failure };
  step_skipped: Nothing;
  step_cancelled: Nothing;
  /** One for each try of a compensation; `command_id` is that of the command to be undone. */
  step_compensating: {
    readonly command_id: string;
    readonly attempt: number;
    readonly due_at: number | null;
  };
  step_compensated: { readonly command_id: string };
  step_compensation_failed: { readonly command_id: string; readonly error: Failure };
  signal_received: { readonly id: string; readonly name: string; readonly data: unknown };
}

export type Nothing = Readonly<Record<string, never>>;

export interface StartedWithStep {
  readonly id: string;
  readonly name: string;
  readonly kind: StepKind;
  readonly type: string;
  readonly undo: UndoKind;
}

export type RunEventType = keyof RunEventData;

/** What happened to a step. */
export type StepEventType = Extract<RunEventType, `step_${string}`>;

/** Something that has happened to a run. Its place in the history is its number. */
export type RunEvent<Type extends RunEventType = RunEventType> = {
  readonly [T in RunEventType]: {
    readonly type: T;
    readonly at: number;
    readonly stepId: T extends StepEventType ? string : null;
    readonly data: RunEventData[T];
  };
}[Type];
