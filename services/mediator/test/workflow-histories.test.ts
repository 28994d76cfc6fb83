import fc from 'fast-check';
import jsonata from 'jsonata';
import type { Evaluate } from '../src/kinds/workflow/definitions/expressions';
import { fold } from '../src/kinds/workflow/runs/fold';
import { hasEnded, isOpen } from '../src/kinds/workflow/runs/run';
import type { RunInput } from '../src/kinds/workflow/runs/run-input';
import { createWorld, type World } from '../src/kinds/workflow/runs/testing/world';
import { arbitraryDefinition } from './arbitrary-definition';

/** Something that happens to a run; `pick` says which of those that are there it happens to. */
type Happening =
  | { readonly does: 'done' | 'refuse' | 'break' | 'repeat'; readonly pick: number }
  | { readonly does: 'pass' }
  | { readonly does: 'signal'; readonly name: string }
  | { readonly does: 'tell'; readonly input: RunInput };

const reason = 'any';
const actions: readonly RunInput[] = [
  { kind: 'pause' },
  { kind: 'resume' },
  { kind: 'resume' },
  { kind: 'retry', fromStep: null },
  { kind: 'retry', fromStep: 's0' },
  { kind: 'cancel', reason, compensate: true },
  { kind: 'cancel', reason, compensate: false },
];

function anyHappening(): fc.Arbitrary<Happening> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constant('done' as const), pick: fc.nat() }) },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constantFrom('refuse' as const, 'break' as const, 'repeat' as const),
        pick: fc.nat(),
      }),
    },
    { weight: 4, arbitrary: fc.constant({ does: 'pass' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ does: fc.constant('signal' as const), name: fc.constantFrom('go', 'on') }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ does: fc.constant('tell' as const), input: fc.constantFrom(...actions) }),
    },
  );
}

/** In this process: what is tested is what follows from the values, not how they are bounded. */
const evaluate: Evaluate = async (expression, scope) => {
  try {
    const value: unknown = await jsonata(expression).evaluate(scope);
    return { value: value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown) };
  } catch (error) {
    return { failure: { code: 'expression', message: String(error), retryable: false } };
  }
};

let signals = 0;

async function happen(world: World, happening: Happening): Promise<void> {
  switch (happening.does) {
    case 'pass':
      await world.pass();
      return;
    case 'signal':
      signals += 1;
      attempt(() => world.tell({ kind: 'signal', id: `${signals}`, name: happening.name, data: signals }));
      return;
    case 'tell':
      attempt(() => world.tell(happening.input));
      return;
    case 'repeat':
      answer(
        world,
        world.given.map(({ commandId }) => commandId),
        happening,
      );
      return;
    case 'done':
    case 'refuse':
    case 'break':
      answer(world, [...world.open], happening);
  }
}

function answer(
  world: World,
  ids: readonly string[],
  { does, pick }: Extract<Happening, { pick: number }>,
): void {
  const id = ids[pick % ids.length];
  if (id === undefined) return;
  if (does === 'done' || does === 'repeat') world.done(id, { done: pick % 2 === 0 });
  else world.fail(id, does, does === 'break');
}

/** What the state of a run forbids is refused, and changes nothing. */
function attempt(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ status: 409 });
  }
}

async function bringToEnd(world: World): Promise<void> {
  for (let turn = 0; turn < 2_000 && !world.runs().every(hasEnded); turn += 1) {
    attempt(() => world.tell({ kind: 'resume' }));
    for (const id of [...world.open]) world.done(id);
    await world.pass();
  }
  for (let turn = 0; turn < 2_000 && (await world.pass()); turn += 1);
}

function expectSound(world: World): void {
  for (const run of world.runs()) {
    const history = world.history(run.id);
    expect(fold(history)).toEqual(run);
    expect(history).toHaveLength(run.sequence);
    if (run.status === 'running' || run.status === 'compensating') {
      expect(world.nextActionAt(run.id)).not.toBeNull();
    }
    if (!hasEnded(run)) continue;
    expect(run.steps.filter(isOpen)).toEqual([]);
    const inHand = world.given.filter(
      ({ runId, commandId }) => runId === run.id && world.open.has(commandId),
    );
    expect(inHand).toEqual([]);
    expect(world.nextActionAt(run.id)).toBeNull();
  }
}

/** Nothing is given out again after somebody has done it. */
function expectNoRepetition(world: World): void {
  for (const run of world.runs()) {
    const done = new Set<string>();
    for (const event of world.history(run.id)) {
      if (event.type === 'step_started') expect(done).not.toContain(event.data.command_id);
      if (event.type === 'step_compensating') expect(done).not.toContain(`${event.data.command_id}:undo`);
      if (event.type === 'step_completed' || event.type === 'step_iterated')
        done.add(event.data.command_id ?? '-');
      if (event.type === 'step_compensated') done.add(`${event.data.command_id}:undo`);
    }
  }
}

/** Whenever a run undoes what it did, it begins with what ended last. */
function expectReverseOrder(world: World): void {
  for (const run of world.runs()) {
    const ended: string[] = [];
    let last = Infinity;
    for (const event of world.history(run.id)) {
      if (event.type === 'workflow_retried') last = Infinity;
      if (event.type === 'step_completed' || event.type === 'step_iterated' || event.type === 'step_failed') {
        ended.push(event.data.command_id ?? '-');
      }
      if (event.type !== 'step_compensating' || event.data.attempt > 1) continue;
      const place = ended.lastIndexOf(event.data.command_id);
      expect(place).toBeGreaterThanOrEqual(0);
      expect(place).toBeLessThan(last);
      last = place;
    }
  }
}

/** What was done of what can be undone is undone, where a run that undoes comes to its end. */
function expectUndone(world: World): void {
  for (const run of world.runs()) {
    if (run.status !== 'failed' || run.error?.code === 'compensation-failed') continue;
    expect(run.undos).toEqual([]);
  }
}

it('whatever happens to runs of any definitions, they are the folds of their histories, and come to an end', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryDefinition({ workflows: ['sub'] }),
      arbitraryDefinition({ maxSteps: 3 }),
      fc.array(anyHappening(), { maxLength: 40 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (definition, sub, happenings, jitter) => {
        const definitions = [{ ...sub, name: 'sub' }];
        const random = (): number => jitter.next().value as number;
        const hasHandler = () => random() < 0.9;
        const world = createWorld({ random, evaluate, definitions, hasHandler });
        world.start(definition, { flag: true, items: [1, 2] });
        for (const happening of happenings) {
          await happen(world, happening);
          expectSound(world);
        }
        await bringToEnd(world);

        expect(world.runs().map(({ status }) => status)).not.toContain('running');
        expect(world.runs().every(hasEnded)).toBe(true);
        expectSound(world);
        expectNoRepetition(world);
        expectReverseOrder(world);
        expectUndone(world);
      },
    ),
    // the same cases each time, and the first that fails at once; HISTORIES_SEED tries others
    { numRuns: 300, endOnFailure: true, seed: Number(process.env['HISTORIES_SEED'] ?? 1) },
  );
});
