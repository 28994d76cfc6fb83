import type { WorkflowDefinition } from '../definitions/definition';
import { findQuestions } from './questions';
import { hasEnded, type Run, type RunStep } from './run';

/** How long a run goes unseen that waits for nothing but other runs. */
const lookAgainMs = 60_000;

/**
 * When something happens to a run by itself, or when it is looked after at the latest: as long as it runs there is such a
 * time, so no run can hang for ever. Null when it has ended, or is paused and nothing is under way.
 */
export function planNextAction(run: Run, definition: WorkflowDefinition, now: number): number | null {
  if (hasEnded(run)) return null;
  if (findQuestions(run, definition).length > 0) return now;
  const dues = [
    ...(run.status === 'compensating' ? [] : [run.timeoutAt]),
    ...run.steps.map((step) => dueOf(step, now)),
    ...run.undos.map(({ dueAt }) => dueAt),
  ].filter((due) => due !== null);
  if (dues.length > 0) return Math.max(now, Math.min(...dues));
  return run.status === 'paused' ? null : now + lookAgainMs;
}

/** A sub-workflow that is beyond its limit is bringing itself to an end. */
function dueOf({ kind, dueAt }: RunStep, now: number): number | null {
  return kind === 'workflow' && dueAt !== null && dueAt <= now ? null : dueAt;
}
