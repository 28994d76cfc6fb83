import { beginStep, goOn } from './begin-step';
import type { Draft } from './draft';
import { isTooLarge, tooLarge } from './end-step';
import { answerOf, isNext, type StepAnswer } from './questions';
import { hasEnded, hasEndedWell, isBetweenRounds } from './run';
import { windDown } from './wind-down';

/** Does whatever can be done by now without anybody's answer. */
export function advance(draft: Draft): void {
  while (beginNext(draft));
  const { run } = draft;
  if (run.goal && run.status !== 'paused' && !hasEnded(run)) {
    windDown(draft);
  } else if (run.status === 'running' && run.steps.every(hasEndedWell)) {
    draft.emit('workflow_completed', {});
  }
}

/** Begins the first step, or round of a loop, that nothing holds back; false when there is none. */
function beginNext(draft: Draft): boolean {
  const { run, definition, answers } = draft;
  if (run.status !== 'running' || run.goal) return false;
  for (const [index, defined] of definition.steps.entries()) {
    const step = run.steps[index];
    if (!step || !isNext(run, step, defined)) continue;
    const answer = answerOf(run, step, defined, answers);
    if (!answer) continue;
    const bounded = boundAnswer(draft, answer);
    if (isBetweenRounds(step)) goOn(draft, step, bounded);
    else beginStep(draft, step, bounded);
    return true;
  }
  return false;
}

/** What expressions make of small data may be large. */
function boundAnswer(draft: Draft, answer: StepAnswer): StepAnswer {
  if (answer.kind !== 'go') return answer;
  const isBounded = !isTooLarge(draft, answer.input?.value) && !isTooLarge(draft, answer.items);
  return isBounded ? answer : { kind: 'failed', error: tooLarge };
}
