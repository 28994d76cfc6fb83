import * as fc from 'fast-check';
import type { Schema } from './read-operations';

const nasty = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '%',
    '%zz',
    '%00',
    '\u0000',
    '\ud800',
    '😀',
    '\u202e',
    'null',
    'NaN',
    '-1',
    '1e999',
  ],
  ...[
    '9'.repeat(40),
    'a'.repeat(5_000),
    "'; DROP TABLE orders; --",
    '" OR 1=1',
    '../../etc/passwd',
    '{{7*7}}',
  ],
  ...[
    '\r\nx-injected: 1',
    '%0d%0ax-injected: 1',
    '\n{"level":"error","msg":"forged"}',
    '\u2028',
    '[',
    '{"a":',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '$where',
    '$ne',
    '*',
    ',',
    '0',
    '-0',
  ],
];

/** Texts that have broken programs, and any others. */
export const arbitraryText = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...nasty) },
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Text that is one member called `__proto__`: as a literal it would set the prototype. */
const polluted: readonly unknown[] = [
  JSON.parse('{"__proto__":{"polluted":true}}'),
  { constructor: { prototype: { polluted: true } } },
];
const nest = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(...polluted, nest(200), 1e308, -1e308, 2 ** 53, -0, 0.1 + 0.2),
  arbitraryText,
);

/** JSON that mostly keeps to a schema. */
export function arbitraryJson(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (depth > 5) return anything;
  return fc.oneof({ weight: 30, arbitrary: fitting(schema, depth) }, { weight: 1, arbitrary: anything });
}

function fitting(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { enum: values, const: value, anyOf, oneOf, allOf, type } = schema;
  if (Array.isArray(values) && values.length > 0) return fc.constantFrom(...(values as unknown[]));
  if (value !== undefined) return fc.constant(value);
  const choices = anyOf ?? oneOf ?? allOf;
  if (Array.isArray(choices) && choices.length > 0)
    return fc.oneof(...choices.map((each: Schema) => fitting(each, depth)));
  const types = Array.isArray(type) ? (type as unknown[]) : [type];
  return fc.oneof(...types.map((one) => ofType(one, schema, depth)));
}

function ofType(type: unknown, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object':
      return objectOf(schema, depth);
    case 'array':
      return fc.array(arbitraryJson((schema['items'] ?? {}) as Schema, depth + 1), { maxLength: 3 });
    case 'string':
      return textOf(schema);
    case 'integer':
      return integerOf(schema);
    case 'number':
      return fc.oneof(integerOf(schema), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return anything;
  }
}

function objectOf({ properties = {}, required = [] }: Schema, depth: number): fc.Arbitrary<unknown> {
  const members = Object.entries(properties as Readonly<Record<string, Schema>>).map(
    ([name, schema]) => [name, arbitraryJson(schema, depth + 1)] as const,
  );
  const known = fc.record(Object.fromEntries(members), { requiredKeys: required as string[] });
  const more = fc.dictionary(arbitraryText, anything, { maxKeys: 1 });
  return fc.oneof(
    { weight: 10, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(known, more).map(([one, other]) => ({ ...one, ...other })) },
  );
}

function textOf({ format }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'uuid') return fc.uuid();
  const word = fc.constantFrom(
    'a',
    'order.created',
    'custom',
    'user',
    'x-1',
    '/orders',
    '1',
    'PT1S',
    '* * * * *',
  );
  return fc.oneof({ weight: 12, arbitrary: word }, arbitraryText);
}

function integerOf({ minimum, maximum }: Schema): fc.Arbitrary<number> {
  const least = typeof minimum === 'number' ? Math.ceil(minimum) : -10;
  const most = typeof maximum === 'number' ? Math.floor(maximum) : least + 1_000;
  return fc.integer({ min: Math.max(least, -(2 ** 31)), max: Math.min(Math.max(most, least), 2 ** 31 - 1) });
}
