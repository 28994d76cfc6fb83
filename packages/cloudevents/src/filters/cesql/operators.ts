import type { ArithmeticOperator, ComparisonOperator, LogicOperator } from './ast';
import { hasFailed, type CesqlError, type Failure, type Site } from './cesql-error';
import { castError, readAs, readBoolean, readInteger, readText, type Operand, type Read } from './operand';
import { castTo, castToBoolean, isInteger, typeOf, type CesqlValue } from './types';

/*
 * An operator whose operand fails gives the zero value of its own type (CESQL 1.0, §3.2 and §3.3): every closure here
 * looks at the failure after each operand that it reads.
 */

/**
 * `NOT x`. As the official test kit has it, and unlike everywhere else, an integer cannot be cast here, and an operand
 * that cannot be cast counts as false, so that the result is true beside the error.
 */
export function compileNot(operand: Operand, site: Site): Operand {
  const { failure } = site;
  const error = castError('Boolean', site);
  const read: Read<boolean> = (event) => {
    const value = operand.read(event);
    if (hasFailed(failure)) return false;
    const boolean = typeof value === 'number' ? undefined : castToBoolean(value);
    if (boolean === undefined) failure.error = error;
    return boolean !== true;
  };
  return { type: 'Boolean', read };
}

/** `AND`, `OR` and `XOR` of two operands or more; `AND` and `OR` read none beyond the one that decides. */
export function compileLogic(operator: LogicOperator, operands: readonly Operand[], site: Site): Operand {
  const reads = operands.map((operand) => readBoolean(operand, site));
  const read =
    operator === 'XOR' ? readParity(reads, site.failure) : readUntil(operator === 'OR', reads, site.failure);
  return { type: 'Boolean', read };
}

function readUntil(decisive: boolean, reads: readonly Read<boolean>[], failure: Failure): Read<boolean> {
  return (event) => {
    for (const read of reads) {
      const value = read(event);
      if (hasFailed(failure)) return false;
      if (value === decisive) return decisive;
    }
    return !decisive;
  };
}

function readParity(reads: readonly Read<boolean>[], failure: Failure): Read<boolean> {
  return (event) => {
    let parity = false;
    for (const read of reads) {
      parity = read(event) !== parity;
      if (hasFailed(failure)) return false;
    }
    return parity;
  };
}

/** `=` and its negations, which cast the left operand to the type of the right one (§3.7), and the orders of integers. */
export function compileComparison(
  operator: ComparisonOperator,
  left: Operand,
  right: Operand,
  site: Site,
): Operand {
  const read =
    operator === '=' || operator === '!=' || operator === '<>'
      ? readEquality(operator === '=', left, right, site)
      : readBoth(readInteger(left, site), readInteger(right, site), site.failure, false, orders[operator]);
  return { type: 'Boolean', read };
}

const orders: Readonly<Record<'<' | '<=' | '>' | '>=', (x: number, y: number) => boolean>> = {
  '<': (x, y) => x < y,
  '<=': (x, y) => x <= y,
  '>': (x, y) => x > y,
  '>=': (x, y) => x >= y,
};

function readEquality(expected: boolean, left: Operand, right: Operand, site: Site): Read<boolean> {
  const { failure } = site;
  if (right.type !== 'unknown') {
    return readBoth(
      readAs(right.type, left, site),
      right.read,
      failure,
      false,
      (x, y) => (x === y) === expected,
    );
  }
  const error = castError(undefined, site);
  return readBoth(left.read, right.read, failure, false, (x, y) => {
    const cast = castTo(typeOf(y), x);
    if (cast === undefined) failure.error = error;
    return cast !== undefined && (cast === y) === expected;
  });
}

const calculations: Readonly<Record<ArithmeticOperator, (x: number, y: number) => number>> = {
  '+': (x, y) => x + y,
  '-': (x, y) => x - y,
  '*': (x, y) => x * y,
  '/': (x, y) => x / y,
  '%': (x, y) => x % y,
};

/** `+`, `-`, `*`, `/` and `%` of integers; division rounds towards zero. What 32 bits cannot hold is an error and 0. */
export function compileArithmetic(
  operator: ArithmeticOperator,
  left: Operand,
  right: Operand,
  site: Site,
): Operand {
  const { failure, position } = site;
  const calculate = calculations[operator];
  const overflow: CesqlError = { kind: 'math', message: 'the result is beyond 32 bits', position };
  const byZero: CesqlError = { kind: 'math', message: 'division by zero', position };
  const read = readBoth(readInteger(left, site), readInteger(right, site), failure, 0, (x, y) => {
    const result = Math.trunc(calculate(x, y));
    if (isInteger(result)) return result | 0;
    failure.error = Number.isFinite(result) ? overflow : byZero;
    return 0;
  });
  return { type: 'Integer', read };
}

/** `x LIKE pattern`. */
export function compileLike(
  operand: Operand,
  matches: (text: string) => boolean,
  negated: boolean,
  { failure }: Site,
): Operand {
  const readOperand = readText(operand);
  const read: Read<boolean> = (event) => {
    const text = readOperand(event);
    return !hasFailed(failure) && matches(text) !== negated;
  };
  return { type: 'Boolean', read };
}

/** `x IN (…)`, which casts the elements to the type of `x` and reads none beyond the first that is equal. */
export function compileIn(
  operand: Operand,
  elements: readonly Operand[],
  negated: boolean,
  site: Site,
): Operand {
  const { failure } = site;
  const error = castError(undefined, site);
  const texts = constantTexts(elements);
  const read: Read<boolean> = (event) => {
    const value = operand.read(event);
    if (hasFailed(failure)) return false;
    if (typeof value === 'string' && texts !== undefined) return texts.has(value) !== negated;
    for (const element of elements) {
      const cast = castTo(typeOf(value), element.read(event));
      if (cast === undefined) failure.error ??= error;
      if (hasFailed(failure)) return false;
      if (cast === value) return !negated;
    }
    return negated;
  };
  return { type: 'Boolean', read };
}

/** All elements as text, when they are constant: among them a text is found without a look at each. */
function constantTexts(elements: readonly Operand[]): ReadonlySet<string> | undefined {
  const texts = elements.flatMap(({ constant }) => (constant === undefined ? [] : [String(constant)]));
  return texts.length === elements.length ? new Set(texts) : undefined;
}

/** Reads the left operand, then the right one, and gives `zero` when either fails. */
function readBoth<Value extends CesqlValue, Result extends CesqlValue>(
  left: Read<Value>,
  right: Read<Value>,
  failure: Failure,
  zero: Result,
  apply: (x: Value, y: Value) => Result,
): Read<Result> {
  return (event) => {
    const x = left(event);
    if (hasFailed(failure)) return zero;
    const y = right(event);
    return hasFailed(failure) ? zero : apply(x, y);
  };
}
