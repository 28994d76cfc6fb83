import { hasEndedWell, isOpen, resultsOf, type Run, type RunStep } from './run';
import type { StoredEvent, StoredRun } from './run-store';

/** A run as answers show it. */
export function toRunBody({ run, nextActionAt }: StoredRun) {
  const { id, name, version, type, status, data, error, steps, parent, startedAt, endedAt } = run;
  return {
    id,
    name,
    version,
    type,
    status,
    current_step: currentStepOf(run),
    progress: progressOf(run),
    data,
    results: resultsOf(run),
    error,
    steps: steps.map(toStepBody),
    next_action_at: toTime(nextActionAt),
    parent_id: parent?.id ?? null,
    estimated_time: run.estimatedTime,
    actual_time: endedAt === null ? null : endedAt - startedAt,
    start_time: toTime(startedAt),
    end_time: toTime(endedAt),
  };
}

function toStepBody(step: RunStep) {
  const { id, name, type, status, attempts, iterations, result, error, startedAt, endedAt } = step;
  return {
    id,
    name,
    type,
    status,
    attempts,
    iterations,
    result,
    error,
    start_time: toTime(startedAt),
    end_time: toTime(endedAt),
  };
}

/** The first step that has not ended, or the number of steps where all have. */
function currentStepOf({ steps }: Run): number {
  const current = steps.findIndex((step) => step.status === 'pending' || isOpen(step));
  return current === -1 ? steps.length : current;
}

/** The share of steps that ended well; 100 is for a run that did. */
function progressOf(run: Run): number {
  if (run.status === 'completed') return 100;
  const share = run.steps.filter(hasEndedWell).length / run.steps.length;
  return Math.min(99, Math.floor(share * 100));
}

/** An event as the history shows it. */
export function toEventBody({ sequence, event }: StoredEvent) {
  const { type, at, stepId, data } = event;
  return { sequence, type, timestamp: toTime(at), step_id: stepId, data: withTimes(data) };
}

function withTimes(data: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]: [string, unknown]) => {
      return [name, name.endsWith('_at') && typeof value === 'number' ? toTime(value) : value];
    }),
  );
}

function toTime(ms: number): string;
function toTime(ms: number | null): string | null;
function toTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
