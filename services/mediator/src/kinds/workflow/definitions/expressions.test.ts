import { createEvaluate, findFault, isTrue, toItems, type Scope } from './expressions';

const evaluate = createEvaluate({ now: () => new Date('2026-03-01T12:00:00.000Z') });

const scope: Scope = {
  data: { list: [1, 2], one: ['a'] },
  results: { pay: { amount: 5 } },
  item: 'x',
  iteration: 3,
  result: { done: true },
};

describe('an expression of a step', () => {
  it.each([
    ['data.list', [1, 2]],
    ['results.pay.amount * 2', 10],
    ['[item, iteration, result.done]', ['x', 3, true]],
    ['results.ship', null],
    ['$now()', '2026-03-01T12:00:00.000Z'],
  ])('%s gives %j', async (expression, value) => {
    expect(await evaluate(expression, scope)).toEqual({ value });
  });

  it.each([
    ['fails on what is not defined', "1 + 'a'", 'must evaluate to a number'],
    ['fails as it says itself', '$error("no stock")', 'no stock'],
    ['that never ends fails, tried twice', '($f := function($x) { $f($x) }; $f(1))', 'more than 1000 ms'],
  ])('%s, for good', async (_, expression, message) => {
    expect(await evaluate(expression, scope)).toEqual({
      failure: { code: 'expression', message: expect.stringContaining(message) as string, retryable: false },
    });
  });

  it('has a fault where it is none', () => {
    expect(findFault('data.x')).toBeNull();
    expect(findFault('data.')).toBe('Unexpected end of expression at character 5');
  });
});

describe('a condition', () => {
  it.each([
    [null, false],
    [0, false],
    ['', false],
    [[], false],
    [[0, ''], false],
    [{}, false],
    [1, true],
    ['false', true],
    [[0, 1], true],
    [{ a: null }, true],
  ])('of the value %j is %s', (value, expected) => {
    expect(isTrue(value)).toBe(expected);
  });
});

describe('the items of a loop', () => {
  it.each([
    [null, []],
    [[], []],
    ['a', ['a']],
    [0, [0]],
    [
      [1, 2],
      [1, 2],
    ],
  ])('that are given as %j are %j', (value, items) => {
    expect(toItems(value)).toEqual(items);
  });
});
