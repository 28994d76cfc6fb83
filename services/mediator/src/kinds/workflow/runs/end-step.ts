import type { Failure } from '../../../failure';
import { planNextTry } from '../../../retry-policy';
import { definitionOf, type Draft } from './draft';
import { commandIdOf, isBetweenRounds, stepOf } from './run';

/** What a step did has ended well: its one action, or a round of its loop. */
export function endRound(draft: Draft, stepId: string, result: unknown, signalId?: string): void {
  const step = stepOf(draft.run, stepId);
  const ended = {
    command_id: commandIdOf(draft.run, step),
    result: result ?? null,
    ...(signalId !== undefined && { signal_id: signalId }),
  };
  if (!step.rounds) {
    draft.emitStep(stepId, 'step_completed', ended);
    return;
  }
  draft.emitStep(stepId, 'step_iterated', { ...ended, iteration: step.rounds.length });
  if (isTooLarge(draft, stepOf(draft.run, stepId).rounds)) failStep(draft, stepId, tooLarge);
}

/** Ends a loop well, with what its rounds gave. */
export function completeStep(draft: Draft, stepId: string): void {
  draft.emitStep(stepId, 'step_completed', { command_id: null });
}

/** Whether something may be neither the input nor the result of a step. */
export function isTooLarge({ maxBytes }: Draft, value: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(value ?? null)) > maxBytes;
}

export const tooLarge: Failure = {
  code: 'too-large',
  message: 'the input or result of the step is longer than MAX_MESSAGE_BYTES as JSON',
  retryable: false,
};

/** Ends a step for good. */
export function failStep(draft: Draft, stepId: string, error: Failure): void {
  const step = stepOf(draft.run, stepId);
  const isOfCommand = step.attempts > 0 && !isBetweenRounds(step);
  const command_id = isOfCommand ? commandIdOf(draft.run, step) : null;
  draft.emitStep(stepId, 'step_failed', { command_id, error });
}

export interface FailedTry {
  readonly error: Failure;
  /** False where there was nobody to send it to. */
  readonly sent: boolean;
  /** Whoever got it says that it did nothing. */
  readonly refused: boolean;
}

/** Records a failed try of the command of a step, and plans the next, or ends the step after the last. */
export function failTry(draft: Draft, stepId: string, { error, sent, refused }: FailedTry): void {
  const { definition, random, now } = draft;
  const step = stepOf(draft.run, stepId);
  const { retry } = definitionOf(definition, stepId);
  const mayRetry = step.kind === 'command' && error.retryable && !draft.run.goal;
  const delayMs = mayRetry ? planNextTry(retry, step.attempts, random) : null;
  const commandId = commandIdOf(draft.run, step);
  draft.emitStep(stepId, 'step_attempt_failed', {
    command_id: commandId,
    attempt: step.attempts,
    error,
    sent,
    refused,
    compensation: false,
    next_attempt_at: delayMs === null ? null : now + delayMs,
  });
  if (delayMs === null) giveUp(draft, stepId, error);
}

/** Ends a step with the failure of its last try. */
export function giveUp(draft: Draft, stepId: string, error: Failure): void {
  takeBack(draft, stepId);
  failStep(draft, stepId, error);
}

/** Takes the command of an open step out of everybody's hands. */
export function takeBack(draft: Draft, stepId: string): void {
  const step = stepOf(draft.run, stepId);
  if (step.kind === 'command' && step.sent > 0) {
    draft.effect({ kind: 'withdraw', commandId: commandIdOf(draft.run, step) });
  }
}
