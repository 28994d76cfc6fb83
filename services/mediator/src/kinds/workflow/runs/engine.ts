import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { MediatorEntry } from '../../../mediators/directory';
import { refuse } from '../../../problems';
import type { WorkflowDefinition } from '../definitions/definition';
import type { Answers } from './questions';
import type { ParentRun, Run } from './run';
import type { RunEvent } from './run-event';
import type { RunInput } from './run-input';
import type { StoredRun } from './run-store';

/** What a run begins with. */
export interface NewRun {
  readonly id: string;
  readonly definition: WorkflowDefinition;
  readonly version: number | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly handlerId: string | null;
  readonly parent: ParentRun | null;
  readonly estimatedTime: number | null;
  readonly trace: TraceContext;
  readonly requestHash: string;
}

/** What happened to a run, told in the transaction in which it did. */
export interface RunReport {
  readonly entry: MediatorEntry;
  readonly run: Run;
  readonly events: readonly RunEvent[];
  readonly trace: TraceContext;
}

export type RunListener = (tx: Transaction, report: RunReport) => Promise<void> | void;

/**
 * Brings runs on. Each call is one transition: it locks the run, lets `decide` say what follows, and keeps the events, the
 * state they fold to, the next timer and the commands given out in the transaction of its caller. So a crash at any point
 * leaves a run as it was before or after, and its timer leads on from there.
 */
export interface Engine {
  /** The mediator has been entered. Throws `already_exists` when there is a run of this id. */
  begin(tx: Transaction, entry: MediatorEntry, run: NewRun): Promise<StoredRun>;
  /** Tells a run what has happened; null when there is no such run. Throws what `decide` throws. */
  tell(tx: Transaction, entry: MediatorEntry, id: string, input: RunInput): Promise<Told | null>;
  /** Does what is due, with what is known of the expressions that the run waits for. */
  wake(tx: Transaction, entry: MediatorEntry, id: string, answers: Answers): Promise<void>;
}

export interface Told {
  readonly stored: StoredRun;
  readonly isLate: boolean;
}

/** Timers of runs, and of ends that have yet to be told to the run above. */
export const runTimer = 'workflow';
export const endTimer = 'workflow-end';

/** The answer to whoever names a run that is not there. */
export function noSuchRun(mediator: string, id: string) {
  return refuse('not-found', `mediator ${mediator} has no workflow ${id}`);
}
