import type { Failure } from '../../../failure';

export const runStatuses = ['running', 'paused', 'compensating', 'completed', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

export const stepStatuses = [
  'pending',
  'running',
  'waiting',
  'completed',
  'failed',
  'skipped',
  'cancelled',
  'compensated',
] as const;
export type StepStatus = (typeof stepStatuses)[number];

/** Why a run did not end well, with the step that is to blame where there is one. */
export interface RunError extends Failure {
  readonly step_id?: string;
}

/** The run of which another one is a step. */
export interface ParentRun {
  readonly id: string;
  /** How many runs stand above this one. */
  readonly depth: number;
}

/**
 * A run of a workflow, as the fold of its history: nothing is in it that no event said. Times are milliseconds, and there
 * is nothing that JSON cannot keep, so that the stored state and a fold of the stored events are equal.
 */
export interface Run {
  readonly id: string;
  readonly name: string;
  /** Null where the run brought its own definition. */
  readonly version: number | null;
  readonly type: 'sequential' | 'parallel';
  readonly status: RunStatus;
  readonly data: Readonly<Record<string, unknown>>;
  readonly handlerId: string | null;
  readonly parent: ParentRun | null;
  readonly estimatedTime: number | null;
  /** When the time of the whole run is over. */
  readonly timeoutAt: number | null;
  readonly error: RunError | null;
  /** What the run is about to end as, other than well: nothing new begins, what was done is undone. */
  readonly goal: Goal | null;
  readonly steps: readonly RunStep[];
  /** What would have to be undone, in the order in which it ended. */
  readonly undos: readonly Undo[];
  /** Those for which no step has waited yet. */
  readonly signals: readonly KeptSignal[];
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** How often it was begun again by hand. */
  readonly retries: number;
  /** Number of its last event. */
  readonly sequence: number;
}

export interface Goal {
  readonly outcome: 'failed' | 'cancelled';
  readonly error: RunError;
}

export interface KeptSignal {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

/** A value, which may be null, or what `null` beside it stands for: none. */
export interface Given {
  readonly value: unknown;
}

export type StepKind = 'command' | 'wait' | 'workflow';

/** How a step is undone: by a command, by having its sub-workflow undo itself, or not at all. */
export type UndoKind = 'command' | 'workflow' | null;

export interface RunStep {
  readonly id: string;
  readonly name: string;
  readonly kind: StepKind;
  /** As it is shown: of the command, or the kind. */
  readonly type: string;
  readonly undo: UndoKind;
  readonly status: StepStatus;
  /** Commands begun so far, each with an id of its own: loop rounds and retries by hand. */
  readonly count: number;
  /** Tries of the latest of them. */
  readonly attempts: number;
  /** How many of these tries were handed to somebody. */
  readonly sent: number;
  /** One of the tries was sent and not refused: it may have had its effect. */
  readonly isOutcomeUnknown: boolean;
  /** What the `input` expression gave for the round. */
  readonly input: Given | null;
  /** What a loop goes through. */
  readonly items: readonly unknown[] | null;
  /** Results of the rounds of a loop. */
  readonly rounds: readonly unknown[] | null;
  /** Rounds that ended well. */
  readonly iterations: number;
  /** While running the limit of the try, while waiting the next try or the end of the wait. */
  readonly dueAt: number | null;
  /** Of a wait: at `dueAt` it has failed. */
  readonly timesOut: boolean;
  readonly result: unknown;
  readonly error: Failure | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** Something that was done, or may have been, and how far its undoing has come. */
export interface Undo {
  readonly stepId: string;
  /** Of the command that did it. */
  readonly commandId: string;
  readonly kind: 'command' | 'workflow';
  readonly input: Given | null;
  readonly result: unknown;
  readonly status: 'kept' | 'running' | 'waiting' | 'failed';
  readonly attempts: number;
  readonly sent: number;
  readonly dueAt: number | null;
}

/** Nothing more happens to it, unless it is begun again by hand. */
export function hasEnded({ status }: Pick<Run, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

export function hasEndedWell({ status }: Pick<RunStep, 'status'>): boolean {
  return status === 'completed' || status === 'skipped';
}

/** Begun and not ended. */
export function isOpen({ status }: Pick<RunStep, 'status'>): boolean {
  return status === 'running' || status === 'waiting';
}

/** A loop has ended a round, and whether there is another has yet to be seen. */
export function isBetweenRounds({ status, dueAt }: Pick<RunStep, 'status' | 'dueAt'>): boolean {
  return status === 'waiting' && dueAt === null;
}

/** The id of a step's latest command, by which receivers deduplicate. */
export function commandIdOf(run: Pick<Run, 'id'>, { id, count }: Pick<RunStep, 'id' | 'count'>): string {
  return `${run.id}:${id}:${count}`;
}

/** The id of the command that undoes another. */
export function undoIdOf({ commandId }: Pick<Undo, 'commandId'>): string {
  return `${commandId}:undo`;
}

/** Throws where there is no such step: those of a run are those of its definition. */
export function stepOf({ steps }: Pick<Run, 'steps'>, id: string): RunStep {
  const step = steps.find((candidate) => candidate.id === id);
  if (!step) throw new Error(`the run has no step ${id}`);
  return step;
}

/** Results by step, as expressions and answers see them. */
export function resultsOf({ steps }: Pick<Run, 'steps'>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    steps.filter(({ status }) => status === 'completed').map(({ id, result }) => [id, result]),
  );
}
