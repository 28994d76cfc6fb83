import { FilterError, type TextPosition } from '../filter-error';
import type { ArithmeticOperator, ComparisonOperator, Expression, LogicOperator } from './ast';
import { parseError } from './cesql-error';
import { compileLike } from './like';
import { createTokenStream, unexpected, type TokenStream } from './token-stream';
import type { Token } from './tokens';
import { castToInteger } from './types';

/** A longer expression, in UTF-16 units, is refused. */
export const maxCesqlLength = 65_536;

/** An expression with more levels of parentheses, operators and calls inside each other is refused. */
export const maxCesqlDepth = 500;

const logicOperators: readonly LogicOperator[] = ['AND', 'OR', 'XOR'];
const comparisonOperators: readonly ComparisonOperator[] = ['=', '!=', '<>', '<', '<=', '>', '>='];
const sumOperators: readonly ArithmeticOperator[] = ['+', '-'];
const productOperators: readonly ArithmeticOperator[] = ['*', '/', '%'];

const attributeName = /^[a-z0-9]+$/;
const functionName = /^[A-Z][A-Z_]*$/;

/**
 * Parses an expression (CESQL 1.0, §2). From tight to loose bind: calls; `NOT` and `-`; `LIKE`, `EXISTS` and `IN`;
 * `*`, `/`, `%`; `+`, `-`; comparisons; and `AND`, `OR` and `XOR`, which bind alike and go from left to right (§3.6).
 * Throws `FilterError` with the position for everything that is no expression.
 */
export function parseCesql(text: string): Expression {
  if (text.length > maxCesqlLength) {
    throw new FilterError(`an expression has at most ${maxCesqlLength} characters`, '');
  }
  const tokens = createTokenStream(text);
  const expression = parseLogic(tokens, 0);
  if (tokens.peek().kind !== 'end') throw unexpected('the end of the expression', tokens.peek());
  return expression;
}

/** Keeps the stack from overflowing: throws `FilterError` where an expression is too deep. */
export function checkDepth(depth: number, position: TextPosition): void {
  if (depth > maxCesqlDepth) throw parseError(`more than ${maxCesqlDepth} levels of nesting`, position);
}

/** A run of one operator becomes one node, so that a long list of conditions is not deep. */
function parseLogic(tokens: TokenStream, depth: number): Expression {
  let left = parseComparison(tokens, depth);
  for (;;) {
    const next = tokens.takeOneOf(logicOperators);
    if (next === undefined) return left;
    const operands = [left];
    do operands.push(parseComparison(tokens, depth));
    while (tokens.takeOneOf([next.operator]));
    left = { kind: 'logic', ...next, operands };
  }
}

function parseComparison(tokens: TokenStream, depth: number): Expression {
  let left = parseSum(tokens, depth);
  for (;;) {
    const next = tokens.takeOneOf(comparisonOperators);
    if (next === undefined) return left;
    left = { kind: 'comparison', ...next, left, right: parseSum(tokens, depth) };
  }
}

function parseSum(tokens: TokenStream, depth: number): Expression {
  let left = parseProduct(tokens, depth);
  for (;;) {
    const next = tokens.takeOneOf(sumOperators);
    if (next === undefined) return left;
    left = { kind: 'arithmetic', ...next, left, right: parseProduct(tokens, depth) };
  }
}

function parseProduct(tokens: TokenStream, depth: number): Expression {
  let left = parseSuffixed(tokens, depth);
  for (;;) {
    const next = tokens.takeOneOf(productOperators);
    if (next === undefined) return left;
    left = { kind: 'arithmetic', ...next, left, right: parseSuffixed(tokens, depth) };
  }
}

function parseSuffixed(tokens: TokenStream, depth: number): Expression {
  let operand = parsePrefixed(tokens, depth + 1);
  for (;;) {
    const { position } = tokens.peek();
    const negated = tokens.takeOneOf(['NOT']) !== undefined;
    if (tokens.takeOneOf(['LIKE'])) {
      operand = { kind: 'like', operand, matches: parsePattern(tokens), negated, position };
    } else if (tokens.takeOneOf(['IN'])) {
      tokens.expect('(');
      operand = { kind: 'in', operand, elements: parseList(tokens, depth + 1), negated, position };
    } else if (negated) {
      throw unexpected('"LIKE" or "IN"', tokens.peek());
    } else {
      return operand;
    }
  }
}

function parsePattern(tokens: TokenStream): (text: string) => boolean {
  const pattern = tokens.take();
  if (pattern.kind !== 'string') throw unexpected('a string as pattern', pattern);
  try {
    return compileLike(pattern.text);
  } catch (error) {
    if (error instanceof RangeError) throw parseError(error.message, pattern.position);
    throw error;
  }
}

function parsePrefixed(tokens: TokenStream, depth: number): Expression {
  const token = tokens.take();
  const { kind, text, position } = token;
  checkDepth(depth, position);
  switch (kind) {
    case 'string':
      return { kind: 'literal', value: text, position };
    case 'integer':
      return toInteger(token, '');
    case 'word':
      return tokens.takeOneOf(['(']) ? parseCall(tokens, token, depth) : toAttribute(token);
    case 'keyword':
    case 'symbol':
      return parseOperator(tokens, token, depth);
    case 'end':
      throw unexpected('an expression', token);
  }
}

function parseOperator(tokens: TokenStream, token: Token, depth: number): Expression {
  const { text, position } = token;
  switch (text) {
    case '(': {
      const expression = parseLogic(tokens, depth);
      tokens.expect(')');
      return expression;
    }
    case 'TRUE':
    case 'FALSE':
      return { kind: 'literal', value: text === 'TRUE', position };
    case 'NOT':
      return { kind: 'not', operand: parsePrefixed(tokens, depth + 1), position };
    case 'EXISTS':
      return { kind: 'exists', name: readName(tokens.take()), position };
    case '+':
    case '-':
      return parseSigned(tokens, token, depth);
    default:
      throw unexpected('an expression', token);
  }
}

/** A sign right before digits belongs to the literal, so that -2147483648 is one; `-` before all else subtracts from 0. */
function parseSigned(tokens: TokenStream, sign: Token, depth: number): Expression {
  const next = tokens.peek();
  if (next.kind === 'integer' && next.position.offset === sign.position.offset + 1) {
    return toInteger(tokens.take(), sign.text);
  }
  if (sign.text === '+') throw unexpected('an expression', sign);
  const { position } = sign;
  const zero: Expression = { kind: 'literal', value: 0, position };
  return { kind: 'arithmetic', operator: '-', left: zero, right: parsePrefixed(tokens, depth + 1), position };
}

function toInteger({ text, position }: Token, sign: string): Expression {
  const value = castToInteger(`${sign}${text}`);
  if (value === undefined) throw parseError('the number is beyond 32 bits', position);
  return { kind: 'literal', value, position };
}

function toAttribute(token: Token): Expression {
  return { kind: 'attribute', name: readName(token), position: token.position };
}

/** Attribute names are in lower case in every event, so the case that the expression writes does not matter. */
function readName(token: Token): string {
  const name = token.text.toLowerCase();
  if (token.kind !== 'word' || !attributeName.test(name)) throw unexpected('the name of an attribute', token);
  return name;
}

function parseCall(tokens: TokenStream, token: Token, depth: number): Expression {
  const name = token.text.toUpperCase();
  if (!functionName.test(name)) throw unexpected('the name of a function', token);
  const operands = tokens.takeOneOf([')']) ? [] : parseList(tokens, depth);
  return { kind: 'call', name, operands, position: token.position };
}

/** The expressions up to the closing parenthesis. */
function parseList(tokens: TokenStream, depth: number): readonly Expression[] {
  const expressions = [parseLogic(tokens, depth)];
  while (tokens.takeOneOf([','])) expressions.push(parseLogic(tokens, depth));
  tokens.expect(')');
  return expressions;
}
