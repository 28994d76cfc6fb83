import { compileCesql, FilterError, type CloudEvent } from '@fanfare/cloudevents';
import { AppError } from '@fanfare/core';
import { withData } from './match-filters';

/** What events have in common that share a limit; null for an event that has no such thing. */
export type KeyOf = (event: CloudEvent) => string | null;

/**
 * Compiles an expression of CloudEvents SQL, such as the name of an attribute; as in filters, fields at the top of the data
 * stand in for attributes. Throws `invalid` for what is none.
 */
export function compileKey(expression: string): KeyOf {
  const { evaluate } = compile(expression);
  return (event) => {
    const { value, error } = evaluate(withData(event));
    return error ? null : String(value);
  };
}

function compile(expression: string) {
  try {
    const compiled = compileCesql(expression, { allowDecimals: true });
    const [missing] = compiled.missingFunctions;
    if (missing) throw new AppError('invalid', missing.message);
    return compiled;
  } catch (error) {
    if (error instanceof FilterError) throw new AppError('invalid', error.message, { cause: error });
    throw error;
  }
}
