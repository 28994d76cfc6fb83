import type { WorkOutcome } from '../../../work/work';
import { endUndo, failUndo } from './compensate';
import type { Draft } from './draft';
import { endRound, failTry, type FailedTry } from './end-step';
import {
  commandIdOf,
  hasEnded,
  isBetweenRounds,
  isOpen,
  undoIdOf,
  type Run,
  type RunStep,
  type Undo,
} from './run';

/** Whose command it is, as long as it is open. */
type Asked = { readonly step: RunStep } | { readonly undo: Undo };

/** An answer to any try is good while the command is open; a failure of a try counts while it is the latest. */
export function hearAnswer(draft: Draft, commandId: string, outcome: WorkOutcome): 'taken' | 'late' {
  const asked = findAsked(draft.run, commandId);
  if (!asked) return 'late';
  if (outcome.status === 'done') {
    if ('step' in asked) endRound(draft, asked.step.id, outcome.result);
    else endUndo(draft, asked.undo);
  } else if (isInHand(asked)) {
    const { error, isRefusal } = outcome;
    fail(draft, asked, { error, sent: true, refused: isRefusal && !error.retryable });
  }
  return 'taken';
}

/** There is no handler: a failed try like others, but for that nothing can have been done. */
export function hearNobody(draft: Draft, commandId: string): 'taken' | 'late' {
  const asked = findAsked(draft.run, commandId);
  if (!asked) return 'late';
  const error = { code: 'no-handler', message: 'nobody is there who takes the command', retryable: true };
  fail(draft, asked, { error, sent: false, refused: false });
  return 'taken';
}

function findAsked(run: Run, commandId: string): Asked | null {
  if (hasEnded(run)) return null;
  const undo = run.undos.find((candidate) => undoIdOf(candidate) === commandId);
  if (undo) return undo.status === 'running' || undo.status === 'waiting' ? { undo } : null;
  const step = run.steps.find((candidate) => commandIdOf(run, candidate) === commandId);
  return step && isOpen(step) && !isBetweenRounds(step) ? { step } : null;
}

function isInHand(asked: Asked): boolean {
  return ('step' in asked ? asked.step.status : asked.undo.status) === 'running';
}

function fail(draft: Draft, asked: Asked, failed: FailedTry): void {
  if ('step' in asked) failTry(draft, asked.step.id, failed);
  else failUndo(draft, asked.undo, failed);
}
