import { advance } from './advance';
import { childEnded } from './child-ended';
import { createDraft, type DecisionContext, type Draft, type Effect } from './draft';
import { actDue } from './due';
import { hearAnswer, hearNobody } from './hear-answer';
import { operate } from './operate';
import type { Run } from './run';
import type { RunEvent, RunEventData } from './run-event';
import type { RunInput } from './run-input';
import { receiveSignal } from './signal';
import { drop } from './wind-down';

export interface Decision {
  readonly run: Run;
  readonly events: readonly RunEvent[];
  readonly effects: readonly Effect[];
  /** Nobody waits for the answer any more. */
  readonly isLate: boolean;
}

/** How a run begins. */
export function decideStart(started: RunEventData['workflow_started'], context: DecisionContext): Decision {
  const draft = createDraft(null, context);
  draft.emit('workflow_started', started);
  advance(draft);
  return { ...resultOf(draft), isLate: false };
}

/**
 * What follows for a run from something that happened: pure, so that the same input to the same run always gives the same
 * events. Throws `illegal-transition` for what the state of the run forbids.
 */
export function decide(run: Run, input: RunInput, context: DecisionContext): Decision {
  const draft = createDraft(run, context);
  const isLate = take(draft, input) === 'late';
  if (!isLate) advance(draft);
  return { ...resultOf(draft), isLate };
}

function resultOf({ run, events, effects }: Draft) {
  return { run, events, effects };
}

function take(draft: Draft, input: RunInput): 'taken' | 'late' {
  switch (input.kind) {
    case 'answer':
      return hearAnswer(draft, input.commandId, input.outcome);
    case 'nobody':
      return hearNobody(draft, input.commandId);
    case 'child-ended':
      return childEnded(draft, input.id, input.end);
    case 'due':
      actDue(draft);
      break;
    case 'signal':
      receiveSignal(draft, input);
      break;
    case 'end':
      drop(draft, { outcome: 'failed', error: input.error });
      break;
    case 'pause':
    case 'resume':
    case 'cancel':
    case 'undo':
    case 'retry':
      operate(draft, input);
  }
  return 'taken';
}
