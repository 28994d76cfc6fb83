import { AppError } from '@fanfare/core';
import type { CloudEvent } from '../../event/cloud-event';
import { compileCesql } from './compile-cesql';
import type { CesqlFunction } from './functions';

const event: CloudEvent = { specversion: '1.0', id: '1', source: '/s', type: 't', tags: 'red,blue' };

const hasTag: CesqlFunction = {
  name: 'HAS_TAG',
  parameters: ['String', 'String'],
  returns: 'Boolean',
  evaluate: (tags: string, tag: string) => tags.split(',').includes(tag),
};

const sum: CesqlFunction = {
  name: 'sum',
  parameters: ['Integer'],
  variadic: 'Integer',
  returns: 'Integer',
  evaluate: (...numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0),
};

function evaluate(expression: string, ...functions: readonly CesqlFunction[]) {
  return compileCesql(expression, { functions }).evaluate(event);
}

function withArity(arity: number, variadic = false): CesqlFunction {
  const parameters = Array.from({ length: arity }, () => 'String' as const);
  return {
    name: 'ABC',
    parameters,
    ...(variadic ? { variadic: 'String' } : {}),
    returns: 'Integer',
    evaluate: (...values) => values.length,
  };
}

describe('a function of the user', () => {
  it('is called in any case, with its arguments cast, beside the built-in functions', () => {
    expect(evaluate("has_tag(tags, LOWER('BLUE'))", hasTag).value).toBe(true);
    expect(evaluate("SUM(1, '2', TRUE)", sum).value).toBe(4);
  });

  it('is not called when an argument fails', () => {
    const never: CesqlFunction = {
      ...hasTag,
      evaluate: () => {
        throw new Error('called');
      },
    };

    expect(evaluate("HAS_TAG(absent, 'red')", never)).toMatchObject({
      value: false,
      error: { kind: 'missingAttribute' },
    });
  });

  it('that throws gives the zero value of its type and an error that keeps the cause', () => {
    const cause = new Error('no');
    const broken: CesqlFunction = {
      ...sum,
      evaluate: () => {
        throw cause;
      },
    };

    expect(evaluate('1 + SUM(5)', broken)).toMatchObject({
      value: 0,
      error: { kind: 'functionEvaluation', cause, position: { column: 5 } },
    });
  });

  it.each([['text'], [1.5], [2 ** 31], [NaN]])('that returns %j instead of an integer fails', (wrong) => {
    expect(evaluate('SUM(5)', { ...sum, evaluate: () => wrong })).toMatchObject({
      value: 0,
      error: { kind: 'functionEvaluation' },
    });
  });

  it('may return a value together with an error', () => {
    const capped: CesqlFunction = { ...sum, evaluate: () => ({ value: 9, message: 'too much' }) };

    expect(evaluate('SUM(5)', capped)).toMatchObject({
      value: 9,
      error: { kind: 'functionEvaluation', message: 'sum: too much' },
    });
  });

  it('may evaluate the expression that calls it', () => {
    const nested: CesqlFunction = {
      name: 'AGAIN',
      parameters: [],
      returns: 'Boolean',
      evaluate: () => compiled.evaluate({ ...event, deep: 'true' }).error === undefined,
    };
    const compiled = compileCesql('EXISTS deep AND absent OR AGAIN()', { functions: [nested] });

    expect(compiled.evaluate(event)).toEqual({ value: false });
  });

  it('is found by its number of arguments', () => {
    const functions = [withArity(1), withArity(2), withArity(3, true)];

    expect(evaluate("ABC('x')", ...functions).value).toBe(1);
    expect(evaluate("ABC('x', 'y')", ...functions).value).toBe(2);
    expect(evaluate("ABC('x', 'y', 'z', 'more')", ...functions).value).toBe(4);
    expect(evaluate('ABC()', ...functions)).toMatchObject({
      value: false,
      error: { kind: 'missingFunction' },
    });
  });

  it.each([
    ['of the same arity', [withArity(1), withArity(1)]],
    ['of which a variadic one covers the other', [withArity(0, true), withArity(3)]],
    ['of which a variadic one is no longer than the other', [withArity(3), withArity(3, true)]],
    ['that are both variadic', [withArity(1, true), withArity(3, true)]],
    ['of which one is built in', [{ ...withArity(1), name: 'LENGTH' }]],
  ])('is refused beside one of the same name %s', (_, functions) => {
    expect(() => compileCesql('TRUE', { functions })).toThrow(AppError);
  });

  it.each(['', 'F1', '_f', 'é', '__proto__'])('cannot be named %j', (name) => {
    expect(() => compileCesql('TRUE', { functions: [{ ...hasTag, name }] })).toThrow(AppError);
  });
});

describe('a call of a function that does not exist', () => {
  it('is an error when it is evaluated, and known beforehand', () => {
    const compiled = compileCesql("EXISTS tags OR NOPE(1, 'x')");

    expect(compiled.missingFunctions).toMatchObject([
      { message: 'there is no function NOPE of 2 arguments' },
    ]);
    expect(compiled.evaluate(event)).toEqual({ value: true });
    expect(compileCesql('constructor()').evaluate(event).error?.kind).toBe('missingFunction');
  });
});
