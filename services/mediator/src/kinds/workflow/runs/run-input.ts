import type { Failure } from '../../../failure';
import type { WorkOutcome } from '../../../work/work';
import type { ChildInput } from './draft';
import type { RunEventData } from './run-event';

/** What can happen to a run. */
export type RunInput =
  /** A command was answered, or a try of it has failed. */
  | { readonly kind: 'answer'; readonly commandId: string; readonly outcome: WorkOutcome }
  /** A command could be handed to nobody. */
  | { readonly kind: 'nobody'; readonly commandId: string }
  /** A run that is a step of this one has come to an end, or could not begin. */
  | { readonly kind: 'child-ended'; readonly id: string; readonly end: ChildEnd }
  /** Time has passed, or expressions have their values. */
  | { readonly kind: 'due' }
  | ({ readonly kind: 'signal' } & RunEventData['signal_received'])
  | ChildInput
  | { readonly kind: 'retry'; readonly fromStep: string | null }
  /** It can never go on. */
  | { readonly kind: 'end'; readonly error: Failure };

export type ChildEnd =
  | { readonly status: 'completed'; readonly results: unknown }
  | { readonly status: 'failed' | 'cancelled'; readonly error: Failure };
