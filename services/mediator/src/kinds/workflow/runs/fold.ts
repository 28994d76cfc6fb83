import { evolveStep } from './fold-step';
import { evolveUndos } from './fold-undos';
import { hasEnded, type Run, type RunStep } from './run';
import type { RunEvent, RunEventData, StartedWithStep, StepEventType } from './run-event';

/** The run after one more event; null is before the first, which begins it. */
export function evolve(run: Run | null, event: RunEvent): Run {
  if (event.type === 'workflow_started') return begin(event.data, event.at);
  if (!run) throw new Error(`a history cannot begin with ${event.type}`);
  const next = { ...run, sequence: run.sequence + 1 };
  return isOfStep(event) ? evolveSteps(next, event) : evolveRun(next, event);
}

/** The run that a history leads to. */
export function fold(events: readonly RunEvent[]): Run | null {
  return events.reduce<Run | null>(evolve, null);
}

function isOfStep(event: RunEvent): event is RunEvent<StepEventType> {
  return event.stepId !== null;
}

function begin(data: RunEventData['workflow_started'], at: number): Run {
  const { handler_id, estimated_time, timeout_at, steps, ...rest } = data;
  return {
    ...rest,
    handlerId: handler_id,
    estimatedTime: estimated_time,
    timeoutAt: timeout_at,
    status: 'running',
    error: null,
    goal: null,
    steps: steps.map(pendingStep),
    undos: [],
    signals: [],
    startedAt: at,
    endedAt: null,
    retries: 0,
    sequence: 1,
  };
}

function pendingStep(step: StartedWithStep): RunStep {
  return { ...step, ...untouched, count: 0 };
}

/** What a step is before it begins, for the first time or again. */
const untouched = {
  status: 'pending',
  attempts: 0,
  sent: 0,
  isOutcomeUnknown: false,
  input: null,
  items: null,
  rounds: null,
  iterations: 0,
  dueAt: null,
  timesOut: false,
  result: null,
  error: null,
  startedAt: null,
  endedAt: null,
} as const;

function evolveRun(run: Run, event: Exclude<RunEvent, RunEvent<StepEventType>>): Run {
  switch (event.type) {
    case 'workflow_started':
      throw new Error('a history begins once');
    case 'workflow_paused':
      return { ...run, status: 'paused' };
    case 'workflow_resumed':
      return { ...run, status: 'running' };
    case 'workflow_compensating':
      return { ...run, status: 'compensating', goal: event.data, endedAt: null };
    case 'workflow_retried':
      return retry(run, event.data);
    case 'workflow_completed':
      return { ...run, status: 'completed', endedAt: event.at };
    case 'workflow_failed':
      return { ...run, status: 'failed', error: event.data.error, endedAt: event.at };
    case 'workflow_cancelled':
      return { ...run, status: 'cancelled', error: event.data.error, endedAt: event.at };
    case 'signal_received':
      return { ...run, signals: [...run.signals, event.data] };
  }
}

function retry(run: Run, { steps: again, timeout_at }: RunEventData['workflow_retried']): Run {
  const isAgain = new Set(again);
  return {
    ...run,
    status: 'running',
    error: null,
    goal: null,
    timeoutAt: timeout_at,
    endedAt: null,
    retries: run.retries + 1,
    steps: run.steps.map((step) => (isAgain.has(step.id) ? { ...step, ...untouched } : step)),
    undos: run.undos.map((undo) => (undo.status === 'failed' ? { ...undo, status: 'kept' } : undo)),
  };
}

function evolveSteps(run: Run, event: RunEvent<StepEventType>): Run {
  const before = run.steps.find(({ id }) => id === event.stepId);
  if (!before) throw new Error(`the history names a step ${event.stepId} that the run does not have`);
  const undos = evolveUndos(run.undos, before, event);
  const after = evolveStep(before, event, undos);
  return {
    ...run,
    undos,
    steps: after === before ? run.steps : run.steps.map((step) => (step === before ? after : step)),
    signals: withoutUsed(run.signals, event),
    goal: goalAfter(run, event),
  };
}

function withoutUsed(signals: Run['signals'], event: RunEvent<StepEventType>): Run['signals'] {
  if (event.type !== 'step_iterated' && event.type !== 'step_completed') return signals;
  const { signal_id: used } = event.data;
  return used === undefined ? signals : signals.filter(({ id }) => id !== used);
}

/** A step that fails leads to the failure of the run, one that cannot be undone in any case. */
function goalAfter(run: Run, event: RunEvent<StepEventType>): Run['goal'] {
  const { stepId: step_id } = event;
  if (event.type === 'step_failed' && (!run.goal || event.data.error.code === compensationFailed)) {
    return { outcome: 'failed', error: { ...event.data.error, step_id } };
  }
  if (event.type === 'step_compensation_failed' && !hasEnded(run)) {
    const { message } = event.data.error;
    const error = { code: compensationFailed, message, retryable: false, step_id };
    return { outcome: 'failed', error };
  }
  return run.goal;
}

/** The code with which a run ends that could not undo what it had done. */
export const compensationFailed = 'compensation-failed';
