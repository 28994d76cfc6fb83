import { hasFailed, type Site } from './cesql-error';
import type { CesqlFunction, FailedCall } from './functions';
import { readAs, type Operand } from './operand';
import { isInteger, typeOf, zeroValue, type CesqlType, type CesqlValue } from './types';

/** A call, which reads its arguments from left to right and is not made when one fails. */
export function compileCall(called: CesqlFunction, operands: readonly Operand[], site: Site): Operand {
  const { failure, position } = site;
  const { name, parameters, variadic = 'Any', returns } = called;
  const zero = zeroValue(returns);
  const reads = operands.map((operand, index) => {
    const type = parameters[index] ?? variadic;
    return type === 'Any' ? operand.read : readAs(type, operand, site);
  });
  return {
    type: 'unknown',
    read: (event) => {
      const values: CesqlValue[] = [];
      for (const read of reads) {
        values.push(read(event));
        if (hasFailed(failure)) return zero;
      }
      const result = callSafely(called, values);
      if (typeof result !== 'object') return result;
      const { value, message, kind = 'functionEvaluation', cause } = result;
      failure.error = { kind, message: `${name}: ${message}`, position, cause };
      return value;
    },
  };
}

/** Functions come from outside: whatever one does, the result has the type that it declares. */
function callSafely(called: CesqlFunction, values: readonly CesqlValue[]): CesqlValue | FailedCall {
  const { returns } = called;
  try {
    const result = called.evaluate(...values);
    if (hasType(returns, typeof result === 'object' ? result.value : result)) return result;
    return { value: zeroValue(returns), message: `the result is no ${returns}` };
  } catch (cause) {
    return { value: zeroValue(returns), message: 'the function threw', cause };
  }
}

function hasType(type: CesqlType, value: CesqlValue): boolean {
  return typeOf(value) === type && (typeof value !== 'number' || isInteger(value));
}
