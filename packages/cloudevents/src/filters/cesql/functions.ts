import { AppError } from '@fanfare/core';
import type { CesqlType, CesqlValue } from './types';

/** What a function returns when it fails: the value that stands in for its result, and why it failed. */
export interface FailedCall {
  readonly value: CesqlValue;
  readonly message: string;
  readonly kind?: 'cast' | 'math' | 'functionEvaluation';
  readonly cause?: unknown;
}

/**
 * A function of the expression language (CESQL 1.0, §3.5). Functions of one name differ in their number of parameters.
 * It must be pure: the same arguments always give the same result.
 */
export interface CesqlFunction {
  /** ASCII letters and underscores, beginning with a letter; case does not matter. */
  readonly name: string;
  /** The types to which the arguments are cast; `Any` takes them as they are. */
  readonly parameters: readonly (CesqlType | 'Any')[];
  /** The type of all further arguments, if it takes more than its parameters. */
  readonly variadic?: CesqlType | 'Any';
  readonly returns: CesqlType;
  /**
   * Receives the arguments cast to the declared types. Throwing, or returning another type than declared, is an error
   * of the evaluation with the zero value of `returns`.
   */
  evaluate(...values: readonly CesqlValue[]): CesqlValue | FailedCall;
}

/** Finds the function that a call with so many arguments means. */
export type FindFunction = (name: string, arity: number) => CesqlFunction | undefined;

const functionName = /^[A-Z][A-Z_]*$/;

/** Throws `AppError` `invalid` for a name that cannot be called and for functions that a call cannot tell apart. */
export function createFunctionFinder(functions: readonly CesqlFunction[]): FindFunction {
  const overloads = new Map<string, CesqlFunction[]>();
  for (const candidate of functions) {
    const name = candidate.name.toUpperCase();
    if (!functionName.test(name))
      throw new AppError('invalid', `a function cannot be named "${candidate.name}"`);
    const others = overloads.get(name) ?? [];
    if (others.some((other) => overlaps(candidate, other) || overlaps(other, candidate))) {
      throw new AppError('invalid', `two functions ${name} take the same number of arguments`);
    }
    overloads.set(name, [...others, candidate]);
  }
  return (name, arity) => overloads.get(name)?.find((candidate) => takes(candidate, arity));
}

function takes({ parameters, variadic }: CesqlFunction, arity: number): boolean {
  return arity === parameters.length || (variadic !== undefined && arity > parameters.length);
}

/** A variadic function also keeps clear of longer ones: its parameters must be more than theirs (§3.5). */
function overlaps(candidate: CesqlFunction, other: CesqlFunction): boolean {
  return (
    takes(candidate, other.parameters.length) ||
    (candidate.variadic !== undefined && other.variadic !== undefined)
  );
}
