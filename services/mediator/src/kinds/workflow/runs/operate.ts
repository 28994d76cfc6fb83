import { refuse, refuseInput } from '../../../problems';
import type { ChildInput, Draft } from './draft';
import { commandIdOf, hasEndedWell, type Goal, type RunStatus } from './run';
import { awaitUndoable, drop, stop } from './wind-down';

type Operation = ChildInput | { readonly kind: 'retry'; readonly fromStep: string | null };

/** Does what a client, or the run above, asks for: once, and nothing where it has been done. */
export function operate(draft: Draft, operation: Operation): void {
  switch (operation.kind) {
    case 'pause':
      pause(draft);
      break;
    case 'resume':
      resume(draft);
      break;
    case 'cancel':
      cancel(draft, operation);
      break;
    case 'undo':
      undo(draft);
      break;
    case 'retry':
      retry(draft, operation.fromStep);
  }
}

function pause(draft: Draft): void {
  if (draft.run.status === 'paused') return;
  requireStatus(draft, ['running'], 'paused');
  draft.emit('workflow_paused', {});
  tellChildren(draft, 'pause');
}

function resume(draft: Draft): void {
  if (draft.run.status === 'running') return;
  requireStatus(draft, ['paused'], 'resumed');
  draft.emit('workflow_resumed', {});
  tellChildren(draft, 'resume');
}

function tellChildren(draft: Draft, kind: 'pause' | 'resume'): void {
  for (const step of draft.run.steps) {
    if (step.kind !== 'workflow' || step.status !== 'running') continue;
    draft.effect({ kind: 'tell-child', id: commandIdOf(draft.run, step), what: { kind } });
  }
}

function cancel(draft: Draft, { reason, compensate }: Extract<ChildInput, { kind: 'cancel' }>): void {
  const { status, goal } = draft.run;
  const isUnderWay = status === 'compensating' && goal?.outcome === 'cancelled';
  if (status === 'cancelled' || isUnderWay) return;
  requireStatus(draft, ['running', 'paused'], 'cancelled');
  if (compensate) stop(draft, cancelledBecause(reason), awaitUndoable);
  else drop(draft, cancelledBecause(reason));
}

function cancelledBecause(reason: string): Goal {
  return { outcome: 'cancelled', error: { code: 'cancelled', message: reason, retryable: false } };
}

/** The run above takes back what it has done with this one. */
function undo(draft: Draft): void {
  requireStatus(draft, ['completed'], 'undone');
  stop(draft, cancelledBecause('the run above is undone'), awaitUndoable);
}

function retry(draft: Draft, fromStep: string | null): void {
  const { run, definition, now } = draft;
  if (run.status === 'running' && run.retries > 0) return;
  requireStatus(draft, ['failed', 'cancelled'], 'begun again');
  const { timeoutMs } = definition;
  draft.emit('workflow_retried', {
    from_step: fromStep,
    steps: stepsToRepeat(draft, fromStep),
    timeout_at: timeoutMs === null ? null : now + timeoutMs,
  });
}

/** What did not end well or was undone, and whatever stands behind the step that is named. */
function stepsToRepeat({ run, definition }: Draft, fromStep: string | null): readonly string[] {
  const repeated = new Set(run.steps.filter((step) => !hasEndedWell(step)).map(({ id }) => id));
  if (fromStep === null) return [...repeated];
  if (!run.steps.some(({ id }) => id === fromStep)) {
    throw refuseInput([{ field: 'from_step', message: `names no step: there is no ${fromStep}` }]);
  }
  const behind = [fromStep];
  for (const id of behind) {
    repeated.add(id);
    for (const step of definition.steps) {
      if (step.dependencies.includes(id) && !behind.includes(step.id)) behind.push(step.id);
    }
  }
  return run.steps.map(({ id }) => id).filter((id) => repeated.has(id));
}

function requireStatus({ run }: Draft, statuses: readonly RunStatus[], verb: string): void {
  if (statuses.includes(run.status)) return;
  throw refuse('illegal-transition', `the workflow is ${run.status}, and cannot be ${verb}`);
}
