import type { Failure } from '../../../failure';
import { tryAgain } from './begin-step';
import { beginUndo, failUndo } from './compensate';
import type { Draft } from './draft';
import { endRound, failTry, giveUp } from './end-step';
import { hasEnded, type RunStep, type Undo } from './run';
import { outOfTime, stop, timeOut } from './wind-down';

/** Does what the time has come for: limits, next tries, ends of waits. */
export function actDue(draft: Draft): void {
  const { run, now } = draft;
  if (hasEnded(run)) return;
  const isOutOfTime = run.timeoutAt !== null && run.timeoutAt <= now;
  if (isOutOfTime && run.status !== 'compensating') {
    stop(draft, run.goal ?? outOfTime, timeOut);
    return;
  }
  for (const step of run.steps) if (isDue(step, now)) stepDue(draft, step);
  for (const undo of run.undos) if (isDue(undo, now)) undoDue(draft, undo);
}

function isDue({ dueAt }: Pick<RunStep, 'dueAt'>, now: number): boolean {
  return dueAt !== null && dueAt <= now;
}

function stepDue(draft: Draft, step: RunStep): void {
  // a sub-workflow has been given its limit, and says itself when it has ended
  if (step.kind === 'workflow') return;
  if (step.kind === 'wait' && !step.timesOut) endRound(draft, step.id, null);
  else if (step.kind === 'command' && step.status === 'waiting') tryOnce(draft, step);
  else failTry(draft, step.id, { error: timedOut, sent: step.kind === 'command', refused: false });
}

/** The next try is due; where the run is about to fail there is none. */
function tryOnce(draft: Draft, step: RunStep): void {
  if (draft.run.goal) giveUp(draft, step.id, step.error ?? timedOut);
  else tryAgain(draft, step);
}

function undoDue(draft: Draft, undo: Undo): void {
  if (undo.status === 'waiting') beginUndo(draft, undo);
  else failUndo(draft, undo, { error: timedOut, sent: true, refused: false });
}

const timedOut: Failure = { code: 'timeout', message: 'the time of the step is over', retryable: true };
