import type { CloudEvent } from '../../event/cloud-event';
import { readAttribute } from '../read-attribute';
import type { Expression } from './ast';
import { builtInFunctions } from './built-in-functions';
import { compileCall } from './call';
import { hasFailed, type CesqlError, type Failure, type Site } from './cesql-error';
import { createFunctionFinder, type CesqlFunction, type FindFunction } from './functions';
import { constantOperand, type Operand, type Read } from './operand';
import {
  compileArithmetic,
  compileComparison,
  compileIn,
  compileLike,
  compileLogic,
  compileNot,
} from './operators';
import { checkDepth, parseCesql } from './parser';
import { castToBoolean, isInteger, type CesqlValue } from './types';

/** What an expression gives for an event: always a value, and beside it the first error if there was one. */
export interface CesqlResult {
  readonly value: CesqlValue;
  readonly error?: CesqlError;
}

/** A compiled expression. It keeps nothing of an event, and never throws. */
export interface CesqlExpression {
  /**
   * The value of the expression for the event. After an error the evaluation goes no further: what encloses the part
   * that failed gives the zero value of its type (CESQL 1.0, §3.2 and §4.1).
   */
  readonly evaluate: (event: CloudEvent) => CesqlResult;
  /** Whether the event passes: the value, cast to a boolean, is true and there was no error (Subscriptions, §3.2.4). */
  readonly test: (event: CloudEvent) => boolean;
  /** The calls of functions that do not exist. They are errors only once they are evaluated (§3.5). */
  readonly missingFunctions: readonly CesqlError[];
}

/** What an expression may use beside the language itself. */
export interface CesqlOptions {
  /** Functions beside the built-in ones. */
  readonly functions?: readonly CesqlFunction[];
  /**
   * Whether a number of the event that is no integer of 32 bits compares as the number that it is. The specification has
   * no such numbers; without this they are read as texts.
   */
  readonly allowDecimals?: boolean;
}

/**
 * Compiles an expression of the CloudEvents SQL Expression Language 1.0
 * (https://github.com/cloudevents/spec/blob/main/cesql/spec.md). Throws `FilterError` with the position of what does
 * not parse, and `AppError` `invalid` for functions that cannot be told apart.
 */
export function compileCesql(
  text: string,
  { functions = [], allowDecimals = false }: CesqlOptions = {},
): CesqlExpression {
  const failure: Failure = { error: undefined };
  const missingFunctions: CesqlError[] = [];
  const findFunction =
    functions.length === 0 ? findBuiltIn : createFunctionFinder([...builtInFunctions, ...functions]);
  const scope = { failure, findFunction, missingFunctions, allowDecimals };
  const { read } = compile(parseCesql(text), scope, 0);

  return {
    evaluate: (event) => {
      const value = read(event);
      const { error } = failure;
      failure.error = undefined;
      return error === undefined ? { value } : { value, error };
    },
    test: (event) => {
      const value = read(event);
      if (!hasFailed(failure)) return castToBoolean(value) === true;
      failure.error = undefined;
      return false;
    },
    missingFunctions,
  };
}

const findBuiltIn = createFunctionFinder(builtInFunctions);

interface Scope {
  readonly failure: Failure;
  readonly findFunction: FindFunction;
  readonly missingFunctions: CesqlError[];
  readonly allowDecimals: boolean;
}

function compile(expression: Expression, scope: Scope, depth: number): Operand {
  const { failure } = scope;
  const { kind, position } = expression;
  checkDepth(depth, position);
  const operands: Operand[] = [];
  const inner = (part: Expression) => {
    const operand = compile(part, scope, depth + 1);
    operands.push(operand);
    return operand;
  };
  const operand = compilePart(expression, inner, scope, { failure, position });
  const isFixed = operands.length > 0 && operands.every(({ constant }) => constant !== undefined);
  return isFixed && kind !== 'call' ? fold(operand, failure) : operand;
}

function compilePart(
  part: Expression,
  inner: (operand: Expression) => Operand,
  scope: Scope,
  site: Site,
): Operand {
  switch (part.kind) {
    case 'literal':
      return constantOperand(part.value);
    case 'attribute':
      return compileAttribute(part.name, scope, site);
    case 'exists':
      return compileExists(part.name);
    case 'call':
      return compileKnownCall(part.name, part.operands.map(inner), scope, site);
    case 'not':
      return compileNot(inner(part.operand), site);
    case 'logic':
      return compileLogic(part.operator, part.operands.map(inner), site);
    case 'comparison':
      return compileComparison(part.operator, inner(part.left), inner(part.right), site);
    case 'arithmetic':
      return compileArithmetic(part.operator, inner(part.left), inner(part.right), site);
    case 'like':
      return compileLike(inner(part.operand), part.matches, part.negated, site);
    case 'in':
      return compileIn(inner(part.operand), part.elements.map(inner), part.negated, site);
  }
}

/** Evaluates what depends on no event once and for all, unless that fails. */
function fold(operand: Operand, failure: Failure): Operand {
  const value = operand.read(noEvent);
  if (!hasFailed(failure)) return constantOperand(value);
  failure.error = undefined;
  return operand;
}

const noEvent: CloudEvent = { specversion: '1.0', id: '', source: '', type: '' };

function compileAttribute(
  name: string,
  { allowDecimals }: Pick<Scope, 'allowDecimals'>,
  { failure, position }: Site,
): Operand {
  const error: CesqlError = { kind: 'missingAttribute', message: `the event has no ${name}`, position };
  const read: Read = (event) => {
    const value = readAttribute(event, name);
    if (value === undefined) failure.error = error;
    const isText = typeof value === 'number' && !allowDecimals && !isInteger(value);
    return isText ? String(value) : (value ?? false);
  };
  return { type: 'unknown', read };
}

function compileExists(name: string): Operand {
  return { type: 'Boolean', read: (event) => readAttribute(event, name) !== undefined };
}

function compileKnownCall(
  name: string,
  operands: readonly Operand[],
  { findFunction, missingFunctions }: Scope,
  site: Site,
): Operand {
  const { failure, position } = site;
  const called = findFunction(name, operands.length);
  if (called !== undefined) return compileCall(called, operands, site);
  const message = `there is no function ${name} of ${operands.length} arguments`;
  const error: CesqlError = { kind: 'missingFunction', message, position };
  missingFunctions.push(error);
  const read: Read<boolean> = () => {
    failure.error = error;
    return false;
  };
  return { type: 'Boolean', read };
}
