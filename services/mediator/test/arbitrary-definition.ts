import fc from 'fast-check';
import type { WorkflowDefinition } from '../src/kinds/workflow/definitions/definition';
import { definitionSchema } from '../src/kinds/workflow/definitions/definition-schema';

const schema = definitionSchema({ retryCount: 2, timeoutMs: 10_000 });
const conditions = ['true', 'false', 'data.flag', '$count($keys(results)) > 1', '$error("no")'];
const waits = [
  { signal: 'go' },
  { signal: 'on' },
  { ms: 0 },
  { ms: 3_000 },
  { until: '2026-01-01T00:00:05Z' },
];

const loop = fc.oneof(
  fc.record({ until: fc.constantFrom('iteration > 0', 'result.done', ...conditions), max: small(1, 3) }),
  fc.record({ items: fc.constantFrom('data.items', '[1, 2]', '[]', '"one"', '1 + "a"'), max: small(1, 3) }),
);

export interface ArbitraryDefinitionOptions {
  /** Definitions that steps may run; none by default. */
  readonly workflows?: readonly string[];
  readonly maxSteps?: number;
}

/**
 * Any definition that can be run, with all that steps may say. Its expressions see `data.flag` and `data.items`, and some
 * of them fail; steps wait for the signals `go` and `on`.
 */
export function arbitraryDefinition({
  workflows = [],
  maxSteps = 6,
}: ArbitraryDefinitionOptions = {}): fc.Arbitrary<WorkflowDefinition> {
  return fc
    .tuple(
      fc.constantFrom('sequential', 'parallel'),
      fc.array(fc.tuple(arbitraryStep(workflows), arbitraryChoice()), { minLength: 1, maxLength: maxSteps }),
      fc.boolean(),
    )
    .map(([type, chosen, isReversed]) => {
      const steps = chosen.map(([step, choose], index) => ({ id: `s${index}`, ...step, ...choose(index) }));
      // the order says something only where steps wait for the one before
      return schema.parse({
        name: 'any',
        type,
        steps: type === 'parallel' && isReversed ? steps.reverse() : steps,
      });
    });
}

function arbitraryStep(workflows: readonly string[]): fc.Arbitrary<object> {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('pack', 'ship') }) },
    { weight: 2, arbitrary: fc.record({ wait: fc.constantFrom(...waits) }) },
    ...workflows.map((workflow) => ({ weight: 1, arbitrary: fc.constant({ workflow }) })),
  );
  const rest = fc.record(
    {
      when: fc.constantFrom(...conditions),
      loop,
      input: fc.constantFrom('{ "n": iteration, "of": item }', 'results', '$error("no")'),
      data: fc.constant({ from: 'step' }),
      retry: fc.record({ max_attempts: small(1, 3), delay_ms: fc.constantFrom(0, 1_000) }),
      timeout_ms: fc.constantFrom(1_000, 60_000),
      compensate: fc.constant('undo'),
    },
    { requiredKeys: [] },
  );
  return fc.tuple(action, rest).map(([does, says]) => ({ ...says, ...does }));
}

/** What a step waits for: it leaves that out, or names some of those before it. */
function arbitraryChoice(): fc.Arbitrary<(index: number) => object> {
  return fc.oneof(
    fc.constant(() => ({})),
    fc.array(fc.nat(), { maxLength: 3 }).map((picks) => (index: number) => ({
      dependencies: index === 0 ? [] : picks.map((pick) => `s${pick % index}`),
    })),
  );
}

function small(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}
