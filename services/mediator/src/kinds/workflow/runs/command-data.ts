import type { StepDefinition } from '../definitions/definition';
import type { Given, Run } from './run';

/** What a step's command is about: what its expression gave, or else the run's data with what the step says over it. */
export function commandData(run: Pick<Run, 'data'>, { data }: StepDefinition, input: Given | null): unknown {
  return input ? input.value : { ...run.data, ...data };
}
