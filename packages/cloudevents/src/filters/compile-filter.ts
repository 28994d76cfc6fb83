import type { CloudEvent } from '../event/cloud-event';
import { compileCesql, type CesqlOptions } from './cesql/compile-cesql';
import { parseError } from './cesql/cesql-error';
import { FilterError } from './filter-error';
import { isAttributeName, readAttribute } from './read-attribute';

export { FilterError };

/**
 * A filter of the CloudEvents Subscriptions API (v1.0, §3.2.4): one dialect and its argument. A filter that is
 * evaluated against an attribute that the event lacks is false.
 */
export type Filter =
  | { readonly exact: Readonly<Record<string, string>> }
  | { readonly prefix: Readonly<Record<string, string>> }
  | { readonly suffix: Readonly<Record<string, string>> }
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | { readonly sql: string };

/** Filters inside each other beyond this many levels are refused. */
export const maxFilterDepth = 32;

type Test = (event: CloudEvent) => boolean;

/** Where the part of the input stands that is being compiled, and what holds for all of it. */
interface Scope {
  readonly path: string;
  readonly depth: number;
  readonly options: CesqlOptions;
}

const dialects: ReadonlyMap<string, (argument: unknown, scope: Scope) => Test> = new Map([
  ['exact', attributeDialect((text, expected) => text === expected)],
  ['prefix', attributeDialect((text, expected) => text.startsWith(expected))],
  ['suffix', attributeDialect((text, expected) => text.endsWith(expected))],
  ['all', (argument, scope) => every(compileNonEmptyList(argument, scope))],
  ['any', (argument, scope) => some(compileNonEmptyList(argument, scope))],
  ['not', compileNot],
  ['sql', compileSql],
]);

const dialectNames = [...dialects.keys()].join(', ');

/**
 * Compiles filters, all of which must hold, to one closure; no filters let everything pass. The input may come from
 * outside: whatever is wrong with it throws `FilterError`. `options` are for the expressions of the dialect `sql`.
 */
export function compileFilter(filters: unknown, options: CesqlOptions = {}): Test {
  return every(compileList(filters, { path: '', depth: 0, options }));
}

function compileList(filters: unknown, scope: Scope): readonly Test[] {
  if (!Array.isArray(filters)) throw refuse('filters must be an array', scope);
  return Array.from(filters, (filter: unknown, index) =>
    compileOne(filter, { ...scope, path: `${scope.path}[${index}]` }),
  );
}

function compileNonEmptyList(filters: unknown, scope: Scope): readonly Test[] {
  const tests = compileList(filters, scope);
  if (tests.length === 0) throw refuse('at least one filter is needed', scope);
  return tests;
}

function compileOne(filter: unknown, { path, depth, options }: Scope): Test {
  if (depth > maxFilterDepth) throw refuse(`more than ${maxFilterDepth} levels of nesting`, { path });
  const [entry, ...others] = readEntries(filter, { path });
  if (entry === undefined || others.length > 0)
    throw refuse(`a filter has exactly one dialect of ${dialectNames}`, { path });
  const [name, argument] = entry;
  const compile = dialects.get(name);
  if (compile === undefined) throw refuse(`unknown dialect "${name}", known are ${dialectNames}`, { path });
  return compile(argument, { path: path === '' ? name : `${path}.${name}`, depth: depth + 1, options });
}

function compileNot(filter: unknown, scope: Scope): Test {
  const test = compileOne(filter, scope);
  return (event) => !test(event);
}

function attributeDialect(matches: (text: string, expected: string) => boolean) {
  return (attributes: unknown, scope: Scope): Test => {
    const entries = readEntries(attributes, scope);
    if (entries.length === 0) throw refuse('at least one attribute is needed', scope);
    return every(entries.map(([name, expected]) => compileAttribute(name, expected, matches, scope)));
  };
}

function compileAttribute(
  name: string,
  expected: unknown,
  matches: (text: string, expected: string) => boolean,
  scope: Scope,
): Test {
  if (!isAttributeName(name)) throw refuse(`"${name}" is not the name of an attribute`, scope);
  if (typeof expected !== 'string' || expected === '') {
    throw refuse('the value must be a string that is not empty', { path: `${scope.path}.${name}` });
  }
  return (event) => {
    const value = readAttribute(event, name);
    return value !== undefined && matches(String(value), expected);
  };
}

function compileSql(expression: unknown, { path, options }: Scope): Test {
  if (typeof expression !== 'string') throw refuse('an expression must be a string', { path });
  try {
    const { test, missingFunctions } = compileCesql(expression, options);
    const [missing] = missingFunctions;
    if (missing === undefined) return test;
    throw parseError(missing.message, missing.position);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new FilterError(`${path}: ${error.message}`, path, error.position, { cause: error });
  }
}

function readEntries(value: unknown, scope: Pick<Scope, 'path'>): readonly [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw refuse('must be an object', scope);
}

function refuse(problem: string, { path }: Pick<Scope, 'path'>): FilterError {
  return new FilterError(path === '' ? problem : `${path}: ${problem}`, path);
}

function every(tests: readonly Test[]): Test {
  const [only, ...others] = tests;
  if (only !== undefined && others.length === 0) return only;
  return (event) => {
    for (const test of tests) if (!test(event)) return false;
    return true;
  };
}

function some(tests: readonly Test[]): Test {
  return (event) => {
    for (const test of tests) if (test(event)) return true;
    return false;
  };
}
