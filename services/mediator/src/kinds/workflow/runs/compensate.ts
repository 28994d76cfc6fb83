import type { Failure } from '../../../failure';
import { planNextTry } from '../../../retry-policy';
import { commandData } from './command-data';
import { definitionOf, type Draft } from './draft';
import type { FailedTry } from './end-step';
import { undoIdOf, type Undo } from './run';

/** Begins to undo something, or tries it once more. */
export function beginUndo(draft: Draft, { commandId, stepId, kind, attempts, status, sent }: Undo): void {
  const { timeoutMs } = definitionOf(draft.definition, stepId);
  const limitMs = timeoutMs ?? draft.timeoutMs;
  const attempt = status === 'kept' ? 1 : attempts + 1;
  const due_at = kind === 'workflow' ? null : draft.now + limitMs;
  draft.emitStep(stepId, 'step_compensating', { command_id: commandId, attempt, due_at });
  if (kind === 'workflow') draft.effect({ kind: 'tell-child', id: commandId, what: { kind: 'undo' } });
  else giveOutUndo(draft, commandId, sent > 0);
}

function giveOutUndo(draft: Draft, commandId: string, isAgain: boolean): void {
  const undo = undoOf(draft, commandId);
  const definition = definitionOf(draft.definition, undo.stepId);
  const { compensate, action } = definition;
  if (compensate === null) throw new Error(`step ${undo.stepId} cannot be undone`);
  draft.effect({
    kind: 'give-out',
    stepId: undo.stepId,
    commandId: undoIdOf(undo),
    undoes: action.kind === 'command' ? action.type : null,
    type: compensate,
    data: { input: commandData(draft.run, definition, undo.input), result: undo.result },
    attempt: undo.attempts,
    isAgain,
    dueAt: undo.dueAt ?? draft.now,
  });
}

function undoOf({ run }: Draft, commandId: string): Undo {
  const undo = run.undos.find((candidate) => candidate.commandId === commandId);
  if (!undo) throw new Error(`there is nothing to undo of ${commandId}`);
  return undo;
}

/** Something was undone. */
export function endUndo(draft: Draft, { stepId, commandId }: Undo): void {
  draft.emitStep(stepId, 'step_compensated', { command_id: commandId });
}

/** Records a failed try to undo something, and plans the next, or gives up after the last. */
export function failUndo(draft: Draft, undo: Undo, { error, sent, refused }: FailedTry): void {
  const { stepId, commandId, attempts, kind } = undo;
  const { retry } = definitionOf(draft.definition, stepId);
  const mayRetry = kind === 'command' && error.retryable;
  const delayMs = mayRetry ? planNextTry(retry, attempts, draft.random) : null;
  draft.emitStep(stepId, 'step_attempt_failed', {
    command_id: commandId,
    attempt: attempts,
    error,
    sent,
    refused,
    compensation: true,
    next_attempt_at: delayMs === null ? null : draft.now + delayMs,
  });
  if (delayMs === null) giveUpUndo(draft, undo, error);
}

function giveUpUndo(draft: Draft, undo: Undo, error: Failure): void {
  const { stepId, commandId, kind } = undo;
  if (kind === 'command' && undoOf(draft, commandId).sent > 0) {
    draft.effect({ kind: 'withdraw', commandId: undoIdOf(undo) });
  }
  draft.emitStep(stepId, 'step_compensation_failed', { command_id: commandId, error });
}
