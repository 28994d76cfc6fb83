import type { StepAction, StepDefinition, StepLoop, WorkflowDefinition } from './definition';

/** A definition as it is shown, and kept: posted again it is the same definition. */
export function toDefinitionBody({ name, type, steps, timeoutMs }: WorkflowDefinition) {
  return { name, type, steps: steps.map(toStepBody), timeout_ms: timeoutMs };
}

function toStepBody({ id, name, action, handlerId, timeoutMs, loop, ...rest }: StepDefinition) {
  return {
    id,
    name,
    ...toActionBody(action),
    ...rest,
    loop: loop && toLoopBody(loop),
    handler_id: handlerId,
    timeout_ms: timeoutMs,
  };
}

function toActionBody(action: StepAction) {
  switch (action.kind) {
    case 'command':
      return { type: action.type };
    case 'signal':
      return { wait: { signal: action.signal } };
    case 'delay':
      return { wait: { ms: action.ms } };
    case 'until':
      return { wait: { until: action.until } };
    case 'workflow':
      return { workflow: action.name };
  }
}

function toLoopBody(loop: StepLoop) {
  const { max } = loop;
  return loop.kind === 'until' ? { until: loop.until, max } : { items: loop.items, max };
}
