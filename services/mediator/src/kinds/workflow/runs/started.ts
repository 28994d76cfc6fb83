import type { StepAction, StepDefinition } from '../definitions/definition';
import type { NewRun } from './engine';
import type { StepKind, UndoKind } from './run';
import type { RunEventData, StartedWithStep } from './run-event';

/** The first event of a run. */
export function toStarted(begun: NewRun, now: number): RunEventData['workflow_started'] {
  const { id, definition, version, data, handlerId, parent, estimatedTime } = begun;
  const { name, type, steps, timeoutMs } = definition;
  return {
    id,
    name,
    version,
    type,
    data,
    parent,
    handler_id: handlerId,
    estimated_time: estimatedTime,
    timeout_at: timeoutMs === null ? null : now + timeoutMs,
    steps: steps.map(toStep),
  };
}

function toStep({ id, name, action, compensate }: StepDefinition): StartedWithStep {
  const kind = kindOf(action);
  return {
    id,
    name,
    kind,
    type: action.kind === 'command' ? action.type : kind,
    undo: undoOf(kind, compensate),
  };
}

function kindOf({ kind }: StepAction): StepKind {
  return kind === 'command' || kind === 'workflow' ? kind : 'wait';
}

/** A sub-workflow knows itself how to undo what it has done, unless the step says otherwise. */
function undoOf(kind: StepKind, compensate: string | null): UndoKind {
  if (compensate !== null) return 'command';
  return kind === 'workflow' ? 'workflow' : null;
}
