import type { Failure } from '../../../failure';
import { beginUndo } from './compensate';
import type { Draft } from './draft';
import { failTry, giveUp, takeBack } from './end-step';
import { commandIdOf, isBetweenRounds, isOpen, type Goal, type RunStep } from './run';

/**
 * Brings a run to an end other than well: nothing new begins, what runs is awaited, waits are dropped; then what was done is
 * undone one by one, the latest first.
 */
export function windDown(draft: Draft): void {
  stopSteps(draft, awaitRunning);
  const { goal, steps, undos, status } = draft.run;
  if (!goal || steps.some(isOpen)) return;
  const next = undos.findLast((undo) => undo.status !== 'failed');
  if (!next) {
    finish(draft, goal);
  } else if (next.status === 'kept') {
    if (status !== 'compensating') draft.emit('workflow_compensating', goal);
    beginUndo(draft, next);
  }
}

/** Ends a run that a client, the run it is a step of, or its time limit ends: directly where there is nothing to undo. */
export function stop(draft: Draft, goal: Goal, stopRunning: StopRunning): void {
  stopSteps(draft, stopRunning);
  const { steps, undos } = draft.run;
  if (steps.some(isOpen) || undos.some(({ status }) => status !== 'failed')) {
    draft.emit('workflow_compensating', goal);
    windDown(draft);
  } else {
    finish(draft, goal);
  }
}

/** Ends a run as it is, with nothing undone. */
export function drop(draft: Draft, goal: Goal): void {
  stopSteps(draft, dropRunning(goal.error.message));
  finish(draft, goal);
}

function finish(draft: Draft, { outcome, error }: Goal): void {
  draft.emit(outcome === 'failed' ? 'workflow_failed' : 'workflow_cancelled', { error });
}

/** What becomes of a step that is in somebody's hands. */
type StopRunning = (draft: Draft, step: RunStep) => void;

/** It goes on to its end; a sub-workflow is told to bring itself to one. */
function awaitRunning(draft: Draft, step: RunStep): void {
  if (step.kind === 'workflow') tellChild(draft, step, 'the run above ends', true);
}

/** What could not be undone is not waited for. */
export function awaitUndoable(draft: Draft, step: RunStep): void {
  if (step.kind === 'command' && step.undo === null) dropStep(draft, step);
  else awaitRunning(draft, step);
}

/** Its time is over, and nobody knows what it has done. */
export function timeOut(draft: Draft, step: RunStep): void {
  if (step.kind === 'workflow') awaitRunning(draft, step);
  else failTry(draft, step.id, { error: runTimedOut, sent: true, refused: false });
}

const runTimedOut: Failure = { code: 'timeout', message: 'the time of the run is over', retryable: false };

/** The error of a run whose `timeout_ms` is over. */
export const outOfTime: Goal = { outcome: 'failed', error: runTimedOut };

function dropRunning(reason: string): StopRunning {
  return (draft, step) => {
    if (step.kind === 'workflow') tellChild(draft, step, reason, false);
    dropStep(draft, step);
  };
}

function dropStep(draft: Draft, { id }: RunStep): void {
  takeBack(draft, id);
  draft.emitStep(id, 'step_cancelled', {});
}

function tellChild(draft: Draft, step: RunStep, reason: string, compensate: boolean): void {
  const id = commandIdOf(draft.run, step);
  draft.effect({ kind: 'tell-child', id, what: { kind: 'cancel', reason, compensate } });
}

function stopSteps(draft: Draft, stopRunning: StopRunning): void {
  for (const step of draft.run.steps) {
    if (step.status === 'pending') draft.emitStep(step.id, 'step_cancelled', {});
    if (step.status === 'waiting') stopWaiting(draft, step);
    if (step.status === 'running') stopRunning(draft, step);
  }
}

/** Waits are dropped. A command between two tries has failed: what it did meanwhile may have to be undone. */
function stopWaiting(draft: Draft, step: RunStep): void {
  const isBetweenTries = step.kind === 'command' && !isBetweenRounds(step);
  if (isBetweenTries && step.error) giveUp(draft, step.id, step.error);
  else draft.emitStep(step.id, 'step_cancelled', {});
}
