import { createValidate, HttpProblem } from '@fanfare/service-kit';
import { toDefinitionBody } from './definition-body';
import { definitionSchema } from './definition-schema';
import { readDefinition, writeDefinition } from './kept-definition';

const schema = definitionSchema({ retryCount: 3, timeoutMs: 1_800_000 });
const parse = createValidate(schema, 'body');

function errorsOf(body: unknown): unknown {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof HttpProblem) return error.extra.errors;
    throw error;
  }
  return [];
}

function parseSteps(steps: readonly object[], type?: string) {
  return parse({ name: 'w', steps, ...(type !== undefined && { type }) });
}

const command = { id: 'a', type: 't' };
const actions = 'type, wait, workflow';

function withLoop(loop: object) {
  return { steps: [{ ...command, loop }] };
}

describe('a definition', () => {
  it('has nothing left open of what a step leaves out', () => {
    expect(parseSteps([{ name: 'pay', type: 'take_payment' }])).toEqual({
      name: 'w',
      type: 'sequential',
      timeoutMs: null,
      steps: [
        {
          id: 'pay',
          name: 'pay',
          action: { kind: 'command', type: 'take_payment' },
          dependencies: [],
          when: null,
          loop: null,
          input: null,
          data: {},
          handlerId: null,
          retry: { max_attempts: 3, delay_ms: 1_000, factor: 2, max_delay_ms: 30_000 },
          timeoutMs: 1_800_000,
          compensate: null,
        },
      ],
    });
  });

  it.each([
    ['sequential', [[], ['a'], ['b']]],
    ['conditional', [[], ['a'], ['b']]],
    ['loop', [[], ['a'], ['b']]],
    ['parallel', [[], [], []]],
  ])('of type %s lets a step wait for what it does not say itself', (type, dependencies) => {
    const { steps } = parseSteps(
      ['a', 'b', 'c'].map((id) => ({ id, type: 't' })),
      type,
    );

    expect(steps.map((step) => step.dependencies)).toEqual(dependencies);
  });

  it('lets a step of a sequential one wait for others, or for none', () => {
    const { steps } = parseSteps([
      { id: 'a', type: 't' },
      { id: 'b', type: 't', dependencies: [] },
      { id: 'c', type: 't', dependencies: ['a', 'b', 'a'] },
    ]);

    expect(steps.map(({ dependencies }) => dependencies)).toEqual([[], [], ['a', 'b']]);
  });

  it.each([
    [{ type: 't' }, { kind: 'command', type: 't' }, 1_800_000],
    [{ workflow: 'other' }, { kind: 'workflow', name: 'other' }, 1_800_000],
    [{ wait: { signal: 'go' } }, { kind: 'signal', signal: 'go' }, 1_800_000],
    [{ wait: { ms: 7_200_000 } }, { kind: 'delay', ms: 7_200_000 }, null],
    [
      { wait: { until: '2026-05-01T12:00:00+02:00' } },
      { kind: 'until', until: '2026-05-01T10:00:00.000Z' },
      null,
    ],
    [{ wait: { ms: 10 }, timeout_ms: 5 }, { kind: 'delay', ms: 10 }, 5],
  ])('with the step %j does that within its time', (step, action, timeoutMs) => {
    expect(parseSteps([{ id: 'a', ...step }]).steps).toMatchObject([{ action, timeoutMs }]);
  });

  it("ignores what only answers have, and what the seed's models show", () => {
    const shown = { status: 'pending', progress: 0, estimated_time: 5, actual_time: null, start_time: null };

    expect(
      parse({
        id: 'x',
        name: 'w',
        version: 3,
        current_step: 0,
        steps: [{ id: 'a', type: 't', ...shown }],
        ...shown,
      }),
    ).toEqual(parse({ name: 'w', steps: [{ id: 'a', type: 't' }] }));
  });

  it('is the same again when what is shown of it is sent back, or what is kept of it is read', () => {
    const definition = parse({
      name: 'w',
      type: 'parallel',
      timeout_ms: 60_000,
      steps: [
        { id: 'a', type: 't', when: 'data.x', loop: { items: 'data.list', max: 3 }, compensate: 'undo_t' },
        { id: 'b', name: 'B', wait: { until: '2026-05-01T10:00:00Z' }, dependencies: ['a'] },
        { id: 'c', wait: { ms: 5 }, loop: { until: 'iteration > 2', max: 3 } },
        { id: 'd', wait: { signal: 'go' }, timeout_ms: 9, data: { k: [1] } },
        { id: 'e', workflow: 'v', input: '{}', handler_id: 'h', retry: { max_attempts: 1 } },
      ],
    });

    expect(parse(toDefinitionBody(definition))).toEqual(definition);
    expect(readDefinition(writeDefinition(definition))).toEqual(definition);
  });

  it.each<[string, object, string, string]>([
    ['without steps', { steps: undefined }, 'steps', 'is required'],
    ['with an empty list of steps', { steps: [] }, 'steps', 'Too small'],
    ['with more than 200 steps', { steps: Array.from({ length: 201 }, () => command) }, 'steps', 'Too big'],
    ['of an unknown type', { type: 'odd' }, 'type', 'Invalid option'],
    ['with a step that has no name', { steps: [{ type: 't' }] }, 'steps[0]', 'needs an id or a name'],
    ['with a step id that is no id', { steps: [{ id: '-a', type: 't' }] }, 'steps[0].id', 'must be 1 to 64'],
    [
      'with a step that does nothing',
      { steps: [{ id: 'a' }] },
      'steps[0]',
      `needs exactly one of ${actions}`,
    ],
    [
      'with a step that does two things',
      { steps: [{ ...command, workflow: 'v' }] },
      'steps[0]',
      `needs exactly one of ${actions}`,
    ],
    [
      'with a wait for two things',
      { steps: [{ id: 'a', wait: { signal: 'go', ms: 5 } }] },
      'steps[0].wait',
      'needs exactly one of signal, ms, until',
    ],
    ['with a loop without max', withLoop({ items: 'data.list' }), 'steps[0].loop.max', 'loop without max'],
    ['with a loop of too many rounds', withLoop({ until: 'x', max: 1_001 }), 'steps[0].loop.max', 'Too big'],
    ['with a loop without end', withLoop({ max: 1 }), 'steps[0].loop', 'needs exactly one of until, items'],
    [
      'with an unknown field in a step',
      { steps: [{ ...command, retrys: 1 }] },
      'steps[0].retrys',
      'is not a known field',
    ],
  ])('is refused %s', (_, fields, field, message) => {
    expect(errorsOf({ name: 'w', steps: [command], ...fields })).toEqual([
      { field, message: expect.stringContaining(message) as string },
    ]);
  });
});
