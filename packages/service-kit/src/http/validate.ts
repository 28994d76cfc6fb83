import { z } from 'zod';
import { HttpProblem, type FieldError } from './problem';

/** Checks one part of a request and returns what the schema makes of it. Throws `HttpProblem` 400 with every bad field. */
export type Validate<T = unknown> = (input: unknown) => T;

const explain = {
  // JSON and query strings know no undefined, so what is undefined was not sent
  error: ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) =>
    code === 'invalid_type' && input === undefined ? 'is required' : undefined,
};

/** Makes the check of one part. An object schema that says nothing about unknown fields refuses them. */
export function createValidate<T>(
  schema: z.ZodType<T>,
  part: 'body' | 'query' | 'path' | 'frame',
): Validate<T> {
  const strict = refuseUnknown(schema);
  return (input) => {
    const result = parse(strict, input, part);
    if (result.success) return result.data;
    // parsed once more for the words: options of any kind make zod's parsing five times slower
    const { error = result.error } = strict.safeParse(input, explain);
    throw new HttpProblem(400, `the ${part} does not fit`, { errors: toFieldErrors(error.issues, part) });
  };
}

/** The schema as requests are checked against it. */
export function refuseUnknown<T>(schema: z.ZodType<T>): z.ZodType<T> {
  const isOpen = schema instanceof z.ZodObject && schema.def.catchall === undefined;
  return isOpen ? (schema.strict() as z.ZodType<T>) : schema;
}

function parse<T>(schema: z.ZodType<T>, input: unknown, part: string): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(input);
  } catch (error) {
    // a recursive schema meets an input that is nested more deeply than the stack
    if (error instanceof RangeError) throw new HttpProblem(400, `the ${part} is nested too deeply`);
    throw error;
  }
}

function toFieldErrors(issues: readonly z.core.$ZodIssue[], part: string): FieldError[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: nameOf([...issue.path, key], part),
        message: 'is not a known field',
      }));
    }
    return [{ field: nameOf(issue.path, part), message: issue.message }];
  });
}

function nameOf(path: readonly PropertyKey[], part: string): string {
  if (path.length === 0) return part;
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`;
    return name === '' ? String(key) : `${name}.${String(key)}`;
  }, '');
}

/** A query string as an object. Throws `HttpProblem` 400 for a parameter that is given more than once. */
export function parseQuery(text: string): Readonly<Record<string, string>> {
  const query = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (query.has(name)) repeated.add(name);
    query.set(name, value);
  }
  if (repeated.size > 0) {
    const errors = [...repeated].map((field) => ({ field, message: 'is given more than once' }));
    throw new HttpProblem(400, 'the query does not fit', { errors });
  }
  return Object.fromEntries(query);
}
