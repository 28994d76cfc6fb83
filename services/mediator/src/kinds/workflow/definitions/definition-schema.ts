import { z } from 'zod';
import type { MediatorConfig } from '../../../config';
import { ignoring, nameSchema } from '../../../names';
import { retryPolicySchema } from '../../../retry-policy';
import type { StepAction, StepDefinition, StepLoop, WorkflowDefinition } from './definition';

const maxSteps = 200;
const maxRounds = 1_000;
const yearMs = 366 * 24 * 60 * 60 * 1_000;

const limitMs = z.int().min(1).max(yearMs);
const expression = z.string().min(1).max(10_000);

/** Fields of a step, and of a workflow, that only answers have, or that the seed's models carry for show. */
const shownOfStep = ['status', 'progress', 'attempts', 'iterations', 'result', 'error'];
const shownTimes = ['estimated_time', 'actual_time', 'start_time', 'end_time'];
const shownOfDefinition = [
  'id',
  'version',
  'created_at',
  'status',
  'progress',
  'current_step',
  ...shownTimes,
];

/** The seed's `conditional` and `loop` say nothing that steps do not say themselves. */
export const definitionType = z
  .enum(['sequential', 'parallel', 'conditional', 'loop'])
  .default('sequential')
  .transform((type) => (type === 'parallel' ? type : 'sequential'));

/** How long a run may take. */
export const runTimeoutMs = limitMs.nullable().default(null);

const wait = z
  .strictObject({
    signal: nameSchema.optional(),
    ms: z.int().min(0).max(yearMs).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
  })
  .transform(({ signal, ms, until }, context) =>
    theOnly<StepAction>(
      {
        signal: signal === undefined ? undefined : { kind: 'signal', signal },
        ms: ms === undefined ? undefined : { kind: 'delay', ms },
        until: until === undefined ? undefined : { kind: 'until', until: new Date(until).toISOString() },
      },
      context,
    ),
  );

const loop = z
  .strictObject({
    until: expression.optional(),
    items: expression.optional(),
    max: z.int({ error: explainMissingMax }).min(1).max(maxRounds),
  })
  .transform(({ until, items, max }, context) =>
    theOnly<StepLoop>(
      {
        until: until === undefined ? undefined : { kind: 'until', until, max },
        items: items === undefined ? undefined : { kind: 'items', items, max },
      },
      context,
    ),
  );

/** A step as it is sent, with what it leaves out filled in, but for its dependencies. */
export type PostedStep = Omit<StepDefinition, 'dependencies'> & {
  readonly dependencies: readonly string[] | null;
};

export type DefinitionDefaults = Pick<MediatorConfig, 'retryCount' | 'timeoutMs'>;

/** The steps of a definition, or of a run that brings its own. */
export function stepsSchema({ retryCount, timeoutMs }: DefinitionDefaults) {
  const step = stepFields(retryCount).transform((fields, context) => toStep(fields, timeoutMs, context));
  return z
    .array(ignoring([...shownOfStep, ...shownTimes], step))
    .min(1)
    .max(maxSteps);
}

function stepFields(retryCount: number) {
  return z.strictObject({
    id: nameSchema.optional(),
    name: nameSchema.optional(),
    type: nameSchema.optional(),
    wait: wait.optional(),
    workflow: nameSchema.optional(),
    dependencies: z.array(nameSchema).max(maxSteps).nullable().default(null),
    when: expression.nullable().default(null),
    loop: loop.nullable().default(null),
    input: expression.nullable().default(null),
    data: z.record(z.string(), z.unknown()).default({}),
    handler_id: nameSchema.nullable().default(null),
    retry: retryPolicySchema(retryCount).prefault({}),
    timeout_ms: limitMs.nullable().default(null),
    compensate: nameSchema.nullable().default(null),
  });
}

function toStep(
  fields: z.output<ReturnType<typeof stepFields>>,
  defaultTimeoutMs: number,
  context: z.core.$RefinementCtx,
): PostedStep {
  const { id, name, type, wait, workflow, handler_id, timeout_ms, dependencies, ...rest } = fields;
  if (id === undefined && name === undefined) context.addIssue('needs an id or a name');
  const action = theOnly<StepAction>(
    {
      type: type === undefined ? undefined : { kind: 'command', type },
      wait,
      workflow: workflow === undefined ? undefined : { kind: 'workflow', name: workflow },
    },
    context,
  );
  const endsByItself = action.kind === 'delay' || action.kind === 'until';
  return {
    id: id ?? name ?? '',
    name: name ?? id ?? '',
    action,
    dependencies: dependencies && [...new Set(dependencies)],
    handlerId: handler_id,
    timeoutMs: timeout_ms ?? (endsByItself ? null : defaultTimeoutMs),
    ...rest,
  };
}

/** What `POST …/definitions` takes. */
export function definitionSchema(defaults: DefinitionDefaults) {
  return ignoring(
    shownOfDefinition,
    z
      .strictObject({
        name: nameSchema,
        type: definitionType,
        steps: stepsSchema(defaults),
        timeout_ms: runTimeoutMs,
      })
      .transform(resolveDefinition),
  );
}

/** A definition as answers show it. */
export const shownDefinition = z.object({
  name: z.string(),
  version: z.int(),
  type: z.enum(['sequential', 'parallel']),
  steps: z.array(z.looseObject({ id: z.string(), name: z.string(), dependencies: z.array(z.string()) })),
  timeout_ms: z.int().nullable(),
  created_at: z.string(),
});

/** Says for each step what it waits for: where it does not say so itself, a sequential one for the step before. */
export function resolveDefinition(posted: {
  readonly name: string;
  readonly type: WorkflowDefinition['type'];
  readonly steps: readonly PostedStep[];
  readonly timeout_ms: number | null;
}): WorkflowDefinition {
  const { name, type, steps, timeout_ms: timeoutMs } = posted;
  return {
    name,
    type,
    steps: steps.map((step, index) => {
      const before = type === 'sequential' ? steps[index - 1] : undefined;
      return { ...step, dependencies: step.dependencies ?? (before ? [before.id] : []) };
    }),
    timeoutMs,
  };
}

function explainMissingMax({ input }: { readonly input?: unknown }): string | undefined {
  return input === undefined ? 'is required: a loop without max may never end' : undefined;
}

/** The one that is there of those that exclude each other. */
function theOnly<T>(candidates: Readonly<Record<string, T | undefined>>, context: z.core.$RefinementCtx): T {
  const [only, ...others] = Object.values(candidates).filter((candidate) => candidate !== undefined);
  if (only !== undefined && others.length === 0) return only;
  context.addIssue(`needs exactly one of ${Object.keys(candidates).join(', ')}`);
  return z.NEVER;
}
