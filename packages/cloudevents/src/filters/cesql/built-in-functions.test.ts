import type { CloudEvent } from '../../event/cloud-event';
import { compileCesql } from './compile-cesql';

const event: CloudEvent = { specversion: '1.0', id: '1', source: '/s', type: 't', smile: 'a😀b', count: 12 };

function evaluate(expression: string) {
  const { value, error } = compileCesql(expression).evaluate(event);
  return error === undefined ? value : [value, error.kind];
}

describe('the built-in functions of CESQL', () => {
  it.each([
    ['LENGTH(smile)', 3],
    ['LEFT(smile, 2)', 'a😀'],
    ['RIGHT(smile, 2)', '😀b'],
    ['SUBSTRING(smile, 2, 1)', '😀'],
    ['SUBSTRING(smile, -2)', '😀b'],
  ])('%s counts characters, not UTF-16 units', (expression, value) => {
    expect(evaluate(expression)).toBe(value);
  });

  it.each([
    ["SUBSTRING('abc', 1, 0)", ''],
    ["SUBSTRING('abc', 3, 5)", 'c'],
    ["SUBSTRING('abc', 2, -1)", ['', 'functionEvaluation']],
    ["SUBSTRING('abc', 4)", ['', 'functionEvaluation']],
    ["RIGHT('abc', 0)", ''],
    ["LEFT('abc', 2147483647)", 'abc'],
  ])('%s gives %j', (expression, result) => {
    expect(evaluate(expression)).toEqual(result);
  });

  it('trims what Unicode calls white space, and nothing else', () => {
    const trimmed = compileCesql('TRIM(padded)');
    const evaluateWith = (padded: string) => trimmed.evaluate({ ...event, padded }).value;

    expect(evaluateWith('\u0085\u00a0\u3000\t\n a b \u2003')).toBe('a b');
    expect(evaluateWith('\ufeff\u0000a\u200b')).toBe('\ufeff\u0000a\u200b');
  });

  it.each([
    ['IS_INT(count)', true],
    ["IS_INT('+7')", true],
    ["IS_INT('7.0')", false],
    ["IS_INT('2147483648')", false],
    ["IS_BOOL('tRuE')", true],
    ["IS_BOOL('yes')", false],
    ['IS_INT(absent)', [false, 'missingAttribute']],
  ])('%s tells whether the cast works: %j', (expression, result) => {
    expect(evaluate(expression)).toEqual(result);
  });

  it('casts the arguments to the types of the parameters', () => {
    expect(evaluate("CONCAT(count, TRUE, 'x')")).toBe('12truex');
    expect(evaluate("LEFT(count, '1')")).toBe('1');
    expect(evaluate("LEFT(count, 'one')")).toEqual(['', 'cast']);
  });
});
