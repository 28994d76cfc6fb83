import * as fc from 'fast-check';
import { arbitraryJson, arbitraryText } from './arbitrary-json';
import type { Operation, Parameter } from './read-operations';

/** A request, before ids that answers have told are put into its path. */
export interface FuzzRequest {
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** By the name in the path: a text, or which of the known ids. */
  readonly path: Readonly<Record<string, string | number>>;
}

const headerNames = [
  ...['accept', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'last-event-id', 'prefer'],
  ...['traceparent', 'x-request-id', 'x-correlation-id', 'x-forwarded-for', 'authorization', 'origin'],
  ...['ce-id', 'ce-type', 'ce-source', 'ce-specversion', 'ce-subject', 'ce-time', 'ce-__proto__'],
];
const mediaTypes = [
  ...['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'],
  ...['text/plain', 'application/merge-patch+json', 'application/x-ndjson'],
];

/** Requests to one route: mostly what it asks for, with something in it that nobody should send. */
export function arbitraryRequest({ parameters, body, takesBody }: Operation): fc.Arbitrary<FuzzRequest> {
  const inPlace = (place: string) => parameters.filter((parameter) => parameter.in === place);
  // the first of them are there from the beginning
  const id = fc.oneof(
    { weight: 4, arbitrary: fc.nat(12) },
    { weight: 2, arbitrary: fc.nat(10_000) },
    arbitraryText,
  );
  return fc.record({
    path: fc.record(Object.fromEntries(inPlace('path').map(({ name }) => [name, id]))),
    query: arbitraryQuery(inPlace('query')),
    headers: arbitraryHeaders,
    body: takesBody ? arbitraryBody(body) : fc.constant(undefined),
  });
}

const arbitraryHeaders = fc.dictionary(
  fc.constantFrom(...headerNames),
  fc.oneof(
    fc.constantFrom(...mediaTypes, 'a%0d%0ax-injected:%201', '1.0', '*', '"1"', 'return=minimal'),
    // what fetch lets through: visible characters of one byte
    arbitraryText.map((text) => text.replace(/[^\x20-\x7e\xa0-\xff]/g, '').slice(0, 500)),
  ),
  { maxKeys: 3 },
);

function arbitraryQuery(parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const values = parameters.map(({ name, schema = {} }) => {
    const value = name.includes('wait')
      ? fc.nat(20)
      : fc.oneof({ weight: 9, arbitrary: arbitraryJson(schema) }, arbitraryText);
    return [name, value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))] as const;
  });
  // few at a time: all of them together contradict each other
  const known = fc
    .subarray([...values], { maxLength: Math.min(values.length, 3) })
    .chain((some) => fc.record(Object.fromEntries(some)));
  const unknown = fc.dictionary(arbitraryText, arbitraryText, { maxKeys: 1 });
  return fc
    .tuple(known, fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, unknown))
    .map((all) => new URLSearchParams(Object.assign({}, ...all) as Record<string, string>).toString());
}

function arbitraryBody(schema: Parameter['schema'] = {}): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: arbitraryJson(schema).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: arbitraryJson({}).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: arbitraryText },
  );
}
