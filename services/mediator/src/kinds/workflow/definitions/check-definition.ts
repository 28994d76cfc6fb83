import type { FieldError } from '@fanfare/service-kit';
import { findCycle } from '../../../find-cycle';
import { expressionsOf, type StepDefinition, type WorkflowDefinition } from './definition';
import { findFault } from './expressions';

/** What is wrong with a definition in itself, beyond its shape: for each step concerned, what and why. */
export function checkDefinition({ steps }: WorkflowDefinition): readonly FieldError[] {
  const duplicates = findDuplicates(steps);
  // what steps wait for has no meaning while one id stands for two of them
  const order = duplicates.length > 0 ? duplicates : [...findUnknownSteps(steps), ...findEndlessWaits(steps)];
  return [...order, ...findFaults(steps)];
}

/**
 * What is wrong with the workflows that a definition runs as steps. `named` tells for each stored definition that it leads
 * to which others that names. A definition that is not `stored` itself, because a run brings it, cannot be led back to.
 */
export function checkWorkflows(
  { name, steps }: WorkflowDefinition,
  named: ReadonlyMap<string, readonly string[]>,
  { stored }: { readonly stored: boolean },
): readonly FieldError[] {
  return steps.flatMap((step, index) => {
    if (step.action.kind !== 'workflow') return [];
    const workflow = step.action.name;
    const at = `steps[${index}].workflow`;
    const isItself = stored && workflow === name;
    if (!isItself && !named.has(workflow)) return [explain(at, step, `unknown workflow: ${workflow}`)];
    if (!stored) return [];
    const cycle = findCycle(name, (from) => (from === name ? [workflow] : (named.get(from) ?? [])));
    return cycle ? [explain(at, step, `cycle: ${cycle.join(' → ')}`)] : [];
  });
}

/** The definitions that a definition runs as steps. */
export function workflowsOf({ steps }: WorkflowDefinition): readonly string[] {
  const names = steps.flatMap(({ action }) => (action.kind === 'workflow' ? [action.name] : []));
  return [...new Set(names)];
}

function explain(field: string, { id }: StepDefinition, reason: string): FieldError {
  return { field, message: `step ${id}: ${reason}` };
}

function findDuplicates(steps: readonly StepDefinition[]): readonly FieldError[] {
  return steps.flatMap((step, index) => {
    const first = steps.findIndex(({ id }) => id === step.id);
    if (first === index) return [];
    return [explain(`steps[${index}].id`, step, `duplicate step: steps[${first}] has this id already`)];
  });
}

function findUnknownSteps(steps: readonly StepDefinition[]): readonly FieldError[] {
  const known = new Set(steps.map(({ id }) => id));
  return steps.flatMap((step, index) =>
    step.dependencies
      .filter((id) => !known.has(id))
      .map((id) => explain(`steps[${index}].dependencies`, step, `unknown step: ${id}`)),
  );
}

/** Steps that wait for themselves, by way of others or not, and steps that wait for those. */
function findEndlessWaits(steps: readonly StepDefinition[]): readonly FieldError[] {
  const stuck = findStuck(steps);
  const stuckBefore = (id: string) => (stuck.get(id)?.dependencies ?? []).filter((other) => stuck.has(other));
  return steps.flatMap((step, index) => {
    if (!stuck.has(step.id)) return [];
    const cycle = findCycle(step.id, stuckBefore);
    const reason = cycle
      ? `cycle: ${cycle.join(' → ')}`
      : `unreachable: waits for a cycle, through ${stuckBefore(step.id).join(', ')}`;
    return [explain(`steps[${index}].dependencies`, step, reason)];
  });
}

/** What is left when all steps are taken out whose dependencies are out, again and again. */
function findStuck(steps: readonly StepDefinition[]): ReadonlyMap<string, StepDefinition> {
  const stuck = new Map(steps.map((step) => [step.id, step]));
  for (let before = Infinity; stuck.size < before;) {
    before = stuck.size;
    for (const { id, dependencies } of stuck.values()) {
      if (!dependencies.some((dependency) => stuck.has(dependency))) stuck.delete(id);
    }
  }
  return stuck;
}

function findFaults(steps: readonly StepDefinition[]): readonly FieldError[] {
  return steps.flatMap((step, index) =>
    expressionsOf(step).flatMap(({ field, expression }) => {
      const fault = findFault(expression);
      return fault === null ? [] : [explain(`steps[${index}].${field}`, step, `wrong expression: ${fault}`)];
    }),
  );
}
