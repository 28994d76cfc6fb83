import type { RunStep, Undo } from './run';
import type { RunEvent, StepEventType } from './run-event';

/** What there is to be undone after an event; `step` is as it was before it. */
export function evolveUndos(
  undos: readonly Undo[],
  step: RunStep,
  event: RunEvent<StepEventType>,
): readonly Undo[] {
  switch (event.type) {
    case 'step_iterated':
      return withUndo(undos, step, event.data.command_id, event.data.result);
    case 'step_completed':
      return step.rounds ? undos : withUndo(undos, step, event.data.command_id, event.data.result);
    case 'step_failed':
      return step.isOutcomeUnknown ? withUndo(undos, step, event.data.command_id, null) : undos;
    case 'step_compensating': {
      const { command_id, attempt, due_at: dueAt } = event.data;
      return change(undos, command_id, ({ sent }) => ({
        status: 'running',
        attempts: attempt,
        dueAt,
        sent: sent + 1,
      }));
    }
    case 'step_attempt_failed': {
      if (!event.data.compensation) return undos;
      const { command_id, sent: wasSent, next_attempt_at: dueAt } = event.data;
      return change(undos, command_id, ({ sent, status }) => ({
        status: dueAt === null ? status : 'waiting',
        dueAt,
        sent: wasSent ? sent : sent - 1,
      }));
    }
    case 'step_compensated':
      return undos.filter(({ commandId }) => commandId !== event.data.command_id);
    case 'step_compensation_failed':
      return change(undos, event.data.command_id, () => ({ status: 'failed', dueAt: null }));
    case 'step_started':
    case 'step_skipped':
    case 'step_cancelled':
      return undos;
  }
}

function withUndo(
  undos: readonly Undo[],
  { id: stepId, undo: kind, input }: RunStep,
  commandId: string | null,
  result: unknown,
): readonly Undo[] {
  if (kind === null || commandId === null) return undos;
  const undo: Undo = {
    stepId,
    commandId,
    kind,
    input,
    result: result ?? null,
    status: 'kept',
    attempts: 0,
    sent: 0,
    dueAt: null,
  };
  return [...undos, undo];
}

function change(
  undos: readonly Undo[],
  commandId: string | null,
  changes: (undo: Undo) => Partial<Undo>,
): readonly Undo[] {
  return undos.map((undo) => (undo.commandId === commandId ? { ...undo, ...changes(undo) } : undo));
}
