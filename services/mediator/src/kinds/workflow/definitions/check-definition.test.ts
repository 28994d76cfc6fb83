import { checkDefinition, checkWorkflows, workflowsOf } from './check-definition';
import { definitionSchema } from './definition-schema';

const schema = definitionSchema({ retryCount: 3, timeoutMs: 1_000 });

function define(steps: readonly object[], type = 'parallel') {
  return schema.parse({ name: 'order', type, steps });
}

/** A step that waits for others. */
function after(id: string, ...dependencies: readonly string[]) {
  return { id, type: 't', dependencies };
}

describe('a definition', () => {
  it.each<[string, readonly object[]]>([
    ['one step', [after('a')]],
    ['a diamond', [after('d', 'b', 'c'), after('b', 'a'), after('c', 'a'), after('a')]],
    ['good expressions', [{ ...after('a'), when: 'data.x > 1', input: '{"x": data.x}' }]],
  ])('of %s is right', (_, steps) => {
    expect(checkDefinition(define(steps))).toEqual([]);
  });

  it.each<[string, readonly object[], Readonly<Record<string, string>>]>([
    [
      'a cycle',
      [after('reserve'), after('pay', 'ship'), after('ship', 'reserve', 'pay')],
      {
        'steps[1].dependencies': 'step pay: cycle: pay → ship → pay',
        'steps[2].dependencies': 'step ship: cycle: ship → pay → ship',
      },
    ],
    ['a step that waits for itself', [after('a', 'a')], { 'steps[0].dependencies': 'step a: cycle: a → a' }],
    [
      'unreachable steps, which wait for a cycle',
      [after('a', 'b'), after('b', 'a'), after('c', 'b'), after('d', 'c', 'e'), after('e')],
      {
        'steps[0].dependencies': 'step a: cycle: a → b → a',
        'steps[1].dependencies': 'step b: cycle: b → a → b',
        'steps[2].dependencies': 'step c: unreachable: waits for a cycle, through b',
        'steps[3].dependencies': 'step d: unreachable: waits for a cycle, through c',
      },
    ],
    [
      'unknown steps',
      [after('a', 'x'), after('b', 'a', 'y')],
      {
        'steps[0].dependencies': 'step a: unknown step: x',
        'steps[1].dependencies': 'step b: unknown step: y',
      },
    ],
    [
      'a duplicate step',
      [after('a'), after('b'), { name: 'a', type: 't' }],
      { 'steps[2].id': 'step a: duplicate step: steps[0] has this id already' },
    ],
    [
      'wrong expressions',
      [
        { ...after('a'), when: 'data.' },
        { ...after('b'), input: '{ "a": data.x', loop: { until: 'iteration >', max: 2 } },
        { ...after('c'), loop: { items: '[', max: 2 } },
      ],
      {
        'steps[0].when': 'step a: wrong expression: Unexpected end of expression at character 5',
        'steps[1].loop.until': 'step b: wrong expression: Unexpected end of expression at character 11',
        'steps[1].input': 'step b: wrong expression: Expected "}" before end of expression at character 13',
        'steps[2].loop.items':
          'step c: wrong expression: Expected "]" before end of expression at character 1',
      },
    ],
  ])('with %s is refused, each step concerned named with the reason', (_, steps, errors) => {
    const found = checkDefinition(define(steps)).map(({ field, message }) => [field, message]);

    expect(Object.fromEntries(found)).toEqual(errors);
    expect(found).toHaveLength(Object.keys(errors).length);
  });

  it('of 200 steps is checked to its last step, however they are ordered', () => {
    const chain = Array.from({ length: 200 }, (_, n) => after(`s${n}`, ...(n < 199 ? [`s${n + 1}`] : [])));

    expect(checkDefinition(define(chain))).toEqual([]);
    expect(checkDefinition(define([...chain.slice(0, 199), after('s199', 's0')]))).toHaveLength(200);
  });
});

describe('the workflows of a definition', () => {
  const named = new Map([
    ['ship', ['pack']],
    ['pack', []],
    ['bill', ['order']],
    ['refund', ['bill', 'pack']],
  ]);

  it.each<[string, string | null]>([
    ['ship', null],
    ['pack', null],
    ['draw', 'step s: unknown workflow: draw'],
    ['order', 'step s: cycle: order → order'],
    ['bill', 'step s: cycle: order → bill → order'],
    ['refund', 'step s: cycle: order → refund → bill → order'],
  ])('that runs %s: %s', (workflow, message) => {
    const definition = define([{ id: 's', workflow }]);

    expect(checkWorkflows(definition, named, { stored: true })).toEqual(
      message === null ? [] : [{ field: 'steps[0].workflow', message }],
    );
  });

  it('lead to no cycle from a definition that a run brings with it, since none leads back', () => {
    const definition = define([{ id: 's', workflow: 'bill' }]);

    expect(checkWorkflows(definition, named, { stored: false })).toEqual([]);
  });

  it('are named once each', () => {
    const steps = ['pack', 'ship', 'pack'].map((workflow, n) => ({ id: `s${n}`, workflow }));

    expect(workflowsOf(define([...steps, after('a')]))).toEqual(['pack', 'ship']);
  });
});
