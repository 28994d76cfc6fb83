import { refuse } from '../../../problems';
import { definitionOf, type Draft } from './draft';
import { endRound } from './end-step';
import { hasEnded, isBetweenRounds } from './run';
import type { RunEventData } from './run-event';

/** So many signals may wait for a step that wants them. */
const maxKeptSignals = 100;

/** Ends the first step that waits for a signal of this name, or keeps the signal for one. */
export function receiveSignal(draft: Draft, { id, name, data }: RunEventData['signal_received']): void {
  const { run, definition } = draft;
  if (hasEnded(run))
    throw refuse('illegal-transition', `the workflow is ${run.status}, and takes no signals`);
  const waiting = run.steps.find((step) => {
    const { action } = definitionOf(definition, step.id);
    const isWaiting = step.status === 'waiting' && !isBetweenRounds(step);
    return isWaiting && action.kind === 'signal' && action.signal === name;
  });
  if (!waiting && run.signals.length >= maxKeptSignals) {
    throw refuse('no-capacity', `${maxKeptSignals} signals wait already for steps that want them`);
  }
  draft.emit('signal_received', { id, name, data });
  if (waiting) endRound(draft, waiting.id, data, id);
}
