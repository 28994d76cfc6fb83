import { canonicalise } from '@fanfare/storage';
import type { WorkflowDefinition } from './definition';
import { toDefinitionBody } from './definition-body';
import { definitionSchema } from './definition-schema';

/** What is kept is complete, so that no default is ever taken from here. */
const keptSchema = definitionSchema({ retryCount: 1, timeoutMs: 1 });

const maxKnown = 100;
const known = new Map<string, WorkflowDefinition>();

/** A definition as text to be kept, the same for equal definitions. */
export function writeDefinition(definition: WorkflowDefinition): string {
  return canonicalise(toDefinitionBody(definition));
}

/** Reads what `writeDefinition` wrote. Many runs have the same definition, so the latest ones are read only once. */
export function readDefinition(text: string): WorkflowDefinition {
  const definition = known.get(text) ?? keptSchema.parse(JSON.parse(text));
  if (known.size >= maxKnown) known.clear();
  known.set(text, definition);
  return definition;
}
