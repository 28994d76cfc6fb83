import * as fc from 'fast-check';
import type { CloudEvent } from '../../event/cloud-event';
import { FilterError } from '../filter-error';
import { compileCesql } from './compile-cesql';
import { maxCesqlDepth, maxCesqlLength } from './parser';

const event: CloudEvent = {
  specversion: '1.0',
  id: '1',
  source: '/s',
  type: 'com.example.sample',
  word: 'abc',
  number: 7,
  yes: true,
  data: 'secret',
};

function evaluate(expression: string, input = event) {
  const { value, error } = compileCesql(expression).evaluate(input);
  return error === undefined ? value : [value, error.kind];
}

function messageOf(expression: string): string {
  try {
    compileCesql(expression);
  } catch (error) {
    if (error instanceof FilterError) return error.message;
    throw error;
  }
  throw new Error(`${expression} compiles`);
}

describe('a CESQL expression', () => {
  it.each([
    ['TRUE OR TRUE AND FALSE', false],
    ['FALSE AND TRUE OR TRUE', true],
    ['TRUE XOR TRUE XOR TRUE', true],
    ['TRUE XOR (TRUE XOR TRUE)', true],
    ['2 - 3 - 4', -5],
    ['2 + 3 * 4 = 14', true],
    ['16 / 4 / 2', 2],
    ['1 < 2 = TRUE', true],
    ['NOT FALSE = FALSE', false],
    ["NOT yes LIKE 'false'", true],
    ["-number LIKE '-7'", true],
    ['2 * 3 IN (3, 6)', 2],
    ["word LIKE 'a%' AND number IN (7)", true],
  ])('%s binds its operators as §3.6 says: %j', (expression, value) => {
    expect(evaluate(expression)).toEqual(value);
  });

  it.each([
    ['4 -1', 3],
    ['4-1', 3],
    ['- 1', -1],
    ['+5', 5],
    ['-2147483648', -2147483648],
    ['007', 7],
    ['-0', 0],
  ])('%s reads its sign and digits: %j', (expression, value) => {
    expect(evaluate(expression)).toBe(value);
  });

  it.each([
    ['word = 7', [false, 'cast']],
    ["'abc' = 0", [false, 'cast']],
    ['7 = word', false],
    ["number = '7'", true],
    ['number = yes', true],
    ['word AND TRUE', [false, 'cast']],
    ["TRUE AND 'true'", true],
    ['TRUE AND 5', true],
    ['NOT word', [true, 'cast']],
    ["number IN ('x')", [false, 'cast']],
    ["number IN (7, 'x')", true],
    ["number NOT IN ('x')", [false, 'cast']],
    ["word IN (7, 'abc')", true],
    ["'7' IN (number)", true],
    ['1 + word', [0, 'cast']],
    ["'2147483648' + 0", [0, 'cast']],
    ["' 1' + 0", [0, 'cast']],
    ['number < yes', false],
  ])('%s casts its operands: %j', (expression, result) => {
    expect(evaluate(expression)).toEqual(result);
  });

  it.each([
    ['2147483647 + 1', [0, 'math']],
    ['-2147483648 - 1', [0, 'math']],
    ['65536 * 65536', [0, 'math']],
    ['-2147483648 / -1', [0, 'math']],
    ['-2147483648 % -1', 0],
    ['--2147483648', [0, 'math']],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['7 % -3', 1],
  ])('%s is calculated with 32 bits: %j', (expression, result) => {
    expect(evaluate(expression)).toEqual(result);
  });

  it('calculates as whole numbers do, or fails, whatever the numbers', () => {
    const calculations = {
      '+': (x: bigint, y: bigint) => x + y,
      '-': (x: bigint, y: bigint) => x - y,
      '*': (x: bigint, y: bigint) => x * y,
      '/': (x: bigint, y: bigint) => x / y,
      '%': (x: bigint, y: bigint) => x % y,
    };
    const integer = fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, -1, 0, 1));
    fc.assert(
      fc.property(integer, integer, fc.constantFrom('+', '-', '*', '/', '%'), (x, y, operator) => {
        const exact =
          y === 0 && '/%'.includes(operator) ? undefined : calculations[operator](BigInt(x), BigInt(y));
        const fits = exact !== undefined && BigInt.asIntN(32, exact) === exact;

        expect(evaluate(`x ${operator} y`, { ...event, x, y })).toEqual(fits ? Number(exact) : [0, 'math']);
      }),
    );
  });

  it('gives the zero value of the type of what encloses an error, and the first error only', () => {
    expect(evaluate('(1 / 0) + absent')).toEqual([0, 'math']);
    expect(evaluate('CONCAT(word, absent, 1 / 0)')).toEqual(['', 'missingAttribute']);
    expect(evaluate('NOT (absent = 1)')).toEqual([false, 'missingAttribute']);
    expect(evaluate("absent NOT LIKE 'x'")).toEqual([false, 'missingAttribute']);
    expect(evaluate("absent NOT IN ('x')")).toEqual([false, 'missingAttribute']);
    expect(evaluate('absent XOR TRUE')).toEqual([false, 'missingAttribute']);
  });

  it('says where in the text the part is that failed', () => {
    const { error } = compileCesql('yes AND\n  absent = 1').evaluate(event);

    expect(error).toEqual({
      kind: 'missingAttribute',
      message: 'the event has no absent',
      position: { offset: 10, line: 2, column: 3 },
    });
  });

  it('keeps nothing from one event to the next', () => {
    const compiled = compileCesql('subject = word');

    expect(compiled.evaluate(event).error?.kind).toBe('missingAttribute');
    expect(compiled.test(event)).toBe(false);
    expect(compiled.evaluate({ ...event, subject: 'abc' })).toEqual({ value: true });
    expect(compiled.test({ ...event, subject: 'abc' })).toBe(true);
  });

  it('reads no further than to the operand that decides', () => {
    expect(evaluate('FALSE AND absent')).toBe(false);
    expect(evaluate('TRUE OR absent')).toBe(true);
    expect(evaluate('absent OR TRUE')).toEqual([false, 'missingAttribute']);
    expect(evaluate('yes AND FALSE AND absent')).toBe(false);
  });

  it('sees the attributes that the event itself has, and not its data', () => {
    const inherited = Object.assign(Object.create({ heir: 'x' }) as object, event);

    expect(evaluate('EXISTS constructor OR EXISTS data OR EXISTS heir', inherited)).toBe(false);
    expect(evaluate("constructor = ''")).toEqual([false, 'missingAttribute']);
    expect(evaluate("data = 'secret'")).toEqual([false, 'missingAttribute']);
    expect(evaluate('EXISTS list OR EXISTS none', { ...event, list: [], none: null })).toBe(false);
  });

  it('compares a number that is no 32-bit integer as a number where that is allowed', () => {
    const passes = (expression: string, number: number) =>
      compileCesql(expression, { allowDecimals: true }).test({ ...event, number });

    expect([999.5, 1_000, 1_000.5, 9e12].filter((number) => passes('number > 1000', number))).toEqual([
      1_000.5, 9e12,
    ]);
    expect(passes('number < 1001 AND number >= 1000', 1_000.5)).toBe(true);
    expect(passes('number = 1000', 1_000.5)).toBe(false);
  });

  it('takes a number that is no 32-bit integer for its text', () => {
    expect(evaluate('big', { ...event, big: 2 ** 31 })).toBe('2147483648');
    expect(evaluate("half LIKE '1._'", { ...event, half: 1.5 })).toBe(true);
  });

  it.each([
    ['yes', true],
    ["'true'", true],
    ['number', true],
    ['0', false],
    ['word', false],
    ['absent', false],
    ['NOT word', false],
  ])(
    '%s lets an event pass when its value cast to a boolean is true without an error: %j',
    (expression, passes) => {
      expect(compileCesql(expression).test(event)).toBe(passes);
    },
  );
});

describe('a text that is no CESQL expression', () => {
  it.each([
    ['', 'expected an expression but found the end of the expression at line 1, column 1'],
    ['(a = 1 AND b = 2', 'expected ")" but found the end of the expression at line 1, column 17'],
    ['(a = 1 b = 2 AND', 'expected ")" but found "b" at line 1, column 8'],
    ['(a = 1\n  ; b', 'unexpected character ";" at line 2, column 3'],
    ["a = 'b", 'the string is not closed at line 1, column 5'],
    ["a = 'it''s'", 'expected the end of the expression but found a string at line 1, column 9'],
    ['a LIKE b', 'expected a string as pattern but found "b" at line 1, column 8'],
    ['a NOT b', 'expected "LIKE" or "IN" but found "b" at line 1, column 7'],
    ['a IN ()', 'expected an expression but found ")" at line 1, column 7'],
    ['EXISTS 1', 'expected the name of an attribute but found "1" at line 1, column 8'],
    ['my_attribute = 1', 'expected the name of an attribute but found "my_attribute" at line 1, column 1'],
    ['f2(1)', 'expected the name of a function but found "f2" at line 1, column 1'],
    ['a = 2147483648', 'the number is beyond 32 bits at line 1, column 5'],
    ['+ 5', 'expected an expression but found "+" at line 1, column 1'],
    ['+a', 'expected an expression but found "+" at line 1, column 1'],
    ['a = 😀', 'unexpected character "😀" at line 1, column 5'],
    ['a "AND" b', 'expected the end of the expression but found a string at line 1, column 3'],
    [
      `a ${'b'.repeat(50)}`,
      `expected the end of the expression but found "${'b'.repeat(40)}…" at line 1, column 3`,
    ],
    [
      `a LIKE '${'_'.repeat(1_025)}'`,
      'a LIKE pattern with "_" has at most 1024 characters at line 1, column 8',
    ],
  ])('%j is refused: %s', (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it.each([
    ['parentheses', '('.repeat(10_000)],
    ['NOT', 'NOT '.repeat(10_000)],
    ['minus', '-'.repeat(10_000)],
    ['calls', 'ABS('.repeat(10_000)],
    ['sets', '1 IN ('.repeat(10_000)],
    ['sums', `1${'+1'.repeat(10_000)}`],
    ['comparisons', `1${'=1'.repeat(10_000)}`],
    ['alternating operators', `a${' AND a OR a'.repeat(5_000)}`],
    ['suffixes', `a${" LIKE ''".repeat(5_000)}`],
  ])('is refused, not the death of the process, when it nests 10,000 %s', (_, text) => {
    expect(messageOf(text)).toContain(`more than ${maxCesqlDepth} levels of nesting at line 1, column `);
  });

  it('is refused when it is too long', () => {
    expect(messageOf(' '.repeat(100_000))).toContain(`at most ${maxCesqlLength} characters`);
  });

  it('may be as deep as the limit, and as wide as its length allows', () => {
    const deep = `${'('.repeat(maxCesqlDepth - 1)}yes${')'.repeat(maxCesqlDepth - 1)}`;
    const wide = Array.from({ length: 4_000 }, (_, index) => `number=${index + 4}`).join(' XOR ');

    expect(evaluate(deep)).toBe(true);
    expect(evaluate(wide)).toBe(true);
    expect(evaluate(`1${'+1'.repeat(maxCesqlDepth)}`)).toBe(maxCesqlDepth + 1);
  });

  it('is refused with a position, and all else can be evaluated, whatever the text', () => {
    const piece = fc.constantFrom(
      ...['AND', 'or', 'NOT', 'LIKE', 'IN', 'EXISTS', 'TRUE', '(', ')', ',', '=', '<', '+', '-', '/', '%'],
      ...[
        '1',
        '-2147483648',
        "'a%'",
        '"\\""',
        'word',
        'absent',
        'number',
        'constructor',
        'INT',
        'CONCAT',
        'f(',
      ],
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' ')),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        try {
          const { value } = compileCesql(candidate).evaluate(event);
          expect(['string', 'number', 'boolean']).toContain(typeof value);
        } catch (error) {
          if (!(error instanceof FilterError)) throw error;
          expect(error.position?.offset).toBeLessThanOrEqual(candidate.length);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
