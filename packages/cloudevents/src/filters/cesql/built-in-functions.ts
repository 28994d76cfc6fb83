import type { CesqlFunction, FailedCall } from './functions';
import { castToBoolean, castToInteger, isInteger, type CesqlValue } from './types';

/**
 * The functions that every engine has (CESQL 1.0, §3.5.1 and §3.5.2), and the explicit casts. A character is a Unicode
 * code point.
 */
export const builtInFunctions: readonly CesqlFunction[] = [
  { name: 'LENGTH', parameters: ['String'], returns: 'Integer', evaluate: countCharacters },
  {
    name: 'CONCAT',
    parameters: [],
    variadic: 'String',
    returns: 'String',
    evaluate: (...texts) => texts.join(''),
  },
  {
    name: 'CONCAT_WS',
    parameters: ['String'],
    variadic: 'String',
    returns: 'String',
    evaluate: (delimiter: string, ...texts: readonly string[]) => texts.join(delimiter),
  },
  {
    name: 'LOWER',
    parameters: ['String'],
    returns: 'String',
    evaluate: (text: string) => text.toLowerCase(),
  },
  {
    name: 'UPPER',
    parameters: ['String'],
    returns: 'String',
    evaluate: (text: string) => text.toUpperCase(),
  },
  { name: 'TRIM', parameters: ['String'], returns: 'String', evaluate: trim },
  { name: 'LEFT', parameters: ['String', 'Integer'], returns: 'String', evaluate: left },
  { name: 'RIGHT', parameters: ['String', 'Integer'], returns: 'String', evaluate: right },
  {
    name: 'SUBSTRING',
    parameters: ['String', 'Integer'],
    returns: 'String',
    evaluate: (text: string, position: number) => substring(text, position, text.length),
  },
  { name: 'SUBSTRING', parameters: ['String', 'Integer', 'Integer'], returns: 'String', evaluate: substring },
  { name: 'ABS', parameters: ['Integer'], returns: 'Integer', evaluate: absolute },
  { name: 'INT', parameters: ['Any'], returns: 'Integer', evaluate: toInteger },
  { name: 'BOOL', parameters: ['Any'], returns: 'Boolean', evaluate: toBoolean },
  { name: 'STRING', parameters: ['Any'], returns: 'String', evaluate: String },
  {
    name: 'IS_INT',
    parameters: ['Any'],
    returns: 'Boolean',
    evaluate: (value: CesqlValue) => castToInteger(value) !== undefined,
  },
  {
    name: 'IS_BOOL',
    parameters: ['Any'],
    returns: 'Boolean',
    evaluate: (value: CesqlValue) => castToBoolean(value) !== undefined,
  },
];

const surrogate = /[\ud800-\udfff]/;
const whiteSpace = /\p{White_Space}/u;

function countCharacters(text: string): number {
  return surrogate.test(text) ? Array.from(text).length : text.length;
}

function sliceCharacters(text: string, start: number, end: number): string {
  return surrogate.test(text) ? Array.from(text).slice(start, end).join('') : text.slice(start, end);
}

/** Not `String.trim`, which keeps U+0085 and takes U+FEFF, against Unicode. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && whiteSpace.test(text.charAt(start))) start += 1;
  while (start < end && whiteSpace.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function left(text: string, count: number): string | FailedCall {
  return count < 0 ? negativeCount(text) : sliceCharacters(text, 0, count);
}

function right(text: string, count: number): string | FailedCall {
  if (count < 0) return negativeCount(text);
  const length = countCharacters(text);
  return sliceCharacters(text, Math.max(length - count, 0), length);
}

function negativeCount(value: string): FailedCall {
  return { value, message: 'the number of characters is negative' };
}

function substring(text: string, position: number, count: number): string | FailedCall {
  const length = countCharacters(text);
  if (Math.abs(position) > length) return { value: '', message: 'the position is outside of the text' };
  if (count < 0) return negativeCount('');
  if (position === 0) return '';
  const start = position > 0 ? position - 1 : length + position;
  return sliceCharacters(text, start, start + count);
}

function absolute(integer: number): number | FailedCall {
  const value = Math.abs(integer);
  return isInteger(value)
    ? value
    : { value: value - 1, message: 'the result is beyond 32 bits', kind: 'math' };
}

function toInteger(value: CesqlValue): number | FailedCall {
  return castToInteger(value) ?? { value: 0, message: 'cannot cast to Integer', kind: 'cast' };
}

function toBoolean(value: CesqlValue): boolean | FailedCall {
  return castToBoolean(value) ?? { value: false, message: 'cannot cast to Boolean', kind: 'cast' };
}
