import type { Failure } from '../../../failure';
import { endUndo, failUndo } from './compensate';
import type { Draft } from './draft';
import { endRound, failTry, isTooLarge, tooLarge } from './end-step';
import { commandIdOf } from './run';
import type { ChildEnd } from './run-input';

/** A run that is a step of this one has come to an end: well, after it has undone itself, or by a failure of that. */
export function childEnded(draft: Draft, id: string, end: ChildEnd): 'taken' | 'late' {
  const { run } = draft;
  const undo = run.undos.find(({ commandId, status }) => commandId === id && status === 'running');
  if (undo) {
    if (end.status === 'failed') failUndo(draft, undo, known(end.error));
    else if (end.status === 'cancelled') endUndo(draft, undo);
    // begun again by hand, it was under way when it was told to undo itself
    else draft.effect({ kind: 'tell-child', id, what: { kind: 'undo' } });
    return 'taken';
  }
  const step = run.steps.find(
    (candidate) => candidate.status === 'running' && commandIdOf(run, candidate) === id,
  );
  if (!step) return 'late';
  if (end.status !== 'completed') {
    if (end.status === 'cancelled' && run.goal) draft.emitStep(step.id, 'step_cancelled', {});
    else failTry(draft, step.id, known(end.error));
  } else if (isTooLarge(draft, end.results)) {
    failTry(draft, step.id, known(tooLarge));
  } else {
    endRound(draft, step.id, end.results);
  }
  return 'taken';
}

/** Where it failed, it has undone what it did. */
function known(error: Failure) {
  return { error, sent: true, refused: true };
}
