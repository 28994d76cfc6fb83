import { AppError } from '@fanfare/core';
import jsonata from 'jsonata';
import { evaluateApart } from './transform-thread';

/** Makes something else of an event; undefined when the expression yields nothing. Rejects as `evaluateApart` does. */
export type Transform = (input: object) => Promise<unknown>;

/** Compiles a JSONata expression. Throws `invalid`, saying where, for what is none. */
export function compileTransform(expression: string): Transform {
  try {
    jsonata(expression);
  } catch (error) {
    throw new AppError('invalid', describe(error), { cause: error });
  }
  return (input) => evaluateApart(expression, input);
}

/** JSONata throws objects that are no errors, with a `position` most of the time. */
function describe(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) return 'is no JSONata';
  const place = 'position' in thrown ? ` at character ${String(thrown.position)}` : '';
  return `${String(thrown.message)}${place}`;
}
