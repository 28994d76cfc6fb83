import type { RunStep, Undo } from './run';
import type { RunEvent, RunEventData, StepEventType } from './run-event';

/** A step after an event of it; `undos` is what there is to be undone after the event. */
export function evolveStep(step: RunStep, event: RunEvent<StepEventType>, undos: readonly Undo[]): RunStep {
  switch (event.type) {
    case 'step_started':
      return startTry(step, event.data, event.at);
    case 'step_attempt_failed':
      return event.data.compensation ? step : failTry(step, event.data);
    case 'step_iterated':
      return {
        ...step,
        status: 'waiting',
        rounds: [...(step.rounds ?? []), event.data.result],
        iterations: step.iterations + 1,
        ...nothingOpen,
      };
    case 'step_completed':
      return {
        ...end(step, 'completed', event.at),
        result: step.rounds ?? event.data.result ?? null,
        iterations: step.rounds ? step.iterations : 1,
        error: null,
      };
    case 'step_failed':
      return { ...end(step, 'failed', event.at), error: event.data.error };
    case 'step_skipped':
      return end(step, 'skipped', event.at);
    case 'step_cancelled':
      return end(step, 'cancelled', event.at);
    case 'step_compensated':
      return isDone(step) && !undos.some(({ stepId }) => stepId === step.id)
        ? { ...step, status: 'compensated' }
        : step;
    case 'step_compensating':
    case 'step_compensation_failed':
      return step;
  }
}

const nothingOpen = { dueAt: null, timesOut: false, input: null, isOutcomeUnknown: false, error: null };

function startTry(step: RunStep, data: RunEventData['step_started'], at: number): RunStep {
  const { attempt, iteration, items, due_at, times_out } = data;
  const isFirst = attempt <= 1;
  return {
    ...step,
    status: step.kind === 'wait' ? 'waiting' : 'running',
    count: isFirst && data.command_id !== null ? step.count + 1 : step.count,
    attempts: attempt,
    sent: isFirst ? 1 : step.sent + 1,
    isOutcomeUnknown: isFirst ? false : step.isOutcomeUnknown,
    input: isFirst ? givenInput(data) : step.input,
    items: items ?? step.items,
    rounds: iteration === null ? null : (step.rounds ?? []),
    dueAt: due_at,
    timesOut: times_out,
    startedAt: step.startedAt ?? at,
  };
}

function givenInput(data: RunEventData['step_started']): RunStep['input'] {
  return 'input' in data ? { value: data.input } : null;
}

function failTry(step: RunStep, data: RunEventData['step_attempt_failed']): RunStep {
  const { sent, refused, error, next_attempt_at } = data;
  return {
    ...step,
    status: next_attempt_at === null ? step.status : 'waiting',
    sent: sent ? step.sent : step.sent - 1,
    isOutcomeUnknown: step.isOutcomeUnknown || (sent && !refused),
    dueAt: next_attempt_at,
    error,
  };
}

function end(step: RunStep, status: RunStep['status'], at: number): RunStep {
  const { error } = step;
  return { ...step, ...nothingOpen, error, status, items: null, rounds: null, endedAt: at };
}

function isDone({ status }: RunStep): boolean {
  return status === 'completed' || status === 'failed';
}
