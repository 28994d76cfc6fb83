import { createExpressions } from '@fanfare/service-kit';
import jsonata from 'jsonata';

/** Makes something else of an event; undefined when the expression yields nothing. Rejects as `Expressions.evaluate` does. */
export type Transform = (input: object) => Promise<unknown>;

const expressions = createExpressions({ parse: jsonata, path: require.resolve('jsonata') });

/** Compiles a JSONata expression. Throws `invalid`, saying where, for what is none. */
export function compileTransform(expression: string): Transform {
  expressions.check(expression);
  return (input) => expressions.evaluate(expression, input);
}
