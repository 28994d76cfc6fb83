import fc from 'fast-check';
import type { AttributeValue, CloudEvent } from '../event/cloud-event';

const coreAttributes = new Set(
  'specversion id source type subject time datacontenttype dataschema data'.split(' '),
);

/** Texts that an attribute may hold: any character that is allowed, surrogate pairs and what HTTP must escape too. */
export function arbitraryText({ minLength = 1 } = {}): fc.Arbitrary<string> {
  const odd = fc.constantFrom(
    '"',
    '%',
    ' ',
    '%41',
    'é',
    '\u200b',
    '\ufeff',
    '\u{1f600}',
    '\u{10fffd}',
    '__proto__',
  );
  const unit = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
    odd,
    fc.integer({ min: 0, max: 0x10ffff }).filter(isAllowed).map(String.fromCodePoint),
  );
  return fc.array(unit, { minLength, maxLength: 20 }).map((units) => units.join(''));
}

/** Extension attributes with valid names and values of each type. */
export function arbitraryExtensions(): fc.Arbitrary<Record<string, AttributeValue>> {
  const name = fc.stringMatching(/^[a-z0-9]{1,24}$/).filter((text) => !coreAttributes.has(text));
  const value = fc.oneof(
    arbitraryText({ minLength: 0 }),
    fc.boolean(),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  );
  return fc.dictionary(fc.oneof(name, fc.constant('constructor')), value, {
    maxKeys: 5,
    noNullPrototype: true,
  });
}

/** Any valid event: each optional attribute there or not, and data of each kind. */
export function arbitraryEvent(): fc.Arbitrary<CloudEvent> {
  const attributes = fc.record(
    {
      specversion: fc.constant('1.0' as const),
      id: arbitraryText(),
      source: arbitrarySource(),
      type: arbitraryText(),
      subject: arbitraryText(),
      time: arbitraryTime(),
      dataschema: fc.constantFrom('https://example.com/order.json?v=1', 'urn:example:order', 'x:'),
    },
    { requiredKeys: ['specversion', 'id', 'source', 'type'], noNullPrototype: true },
  );
  return fc
    .tuple(arbitraryExtensions(), attributes, arbitraryData())
    .map(([extensions, core, data]) => ({ ...extensions, ...core, ...data }));
}

function arbitrarySource(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(
      '/order-service',
      '#fragment',
      '?query',
      '//host/path',
      'a%20b',
      'mailto:a@b.c',
      '1-555-123-4567',
    ),
    fc.uuid().map((uuid) => `urn:uuid:${uuid}`),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
  );
}

function arbitraryTime(): fc.Arbitrary<string> {
  const second = fc
    .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 19));
  const fraction = fc.stringMatching(/^(\.\d{1,40})?$/);
  const offset = fc.constantFrom('Z', 'z', '+00:00', '-00:00', '+05:30', '-23:59');
  return fc.tuple(second, fraction, offset).map((parts) => parts.join(''));
}

interface DataOfEvent {
  readonly datacontenttype?: string;
  readonly data?: unknown;
}

function arbitraryData(): fc.Arbitrary<DataOfEvent> {
  const json = fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'application/vnd.x+json',
    'text/json',
  );
  const text = fc.constantFrom('text/plain', 'text/xml;charset=utf-8', 'application/xml', 'image/svg+xml');
  const binary = fc.constantFrom('application/octet-stream', 'image/png', 'application/x-thing; a="b c"');
  // what JSON holds: it has no -0, for one
  const value = fc.json({ maxDepth: 4 }).map((json): unknown => JSON.parse(json));
  const bytes = fc.uint8Array({ maxLength: 64 });
  return fc.oneof(
    fc.constant({}),
    fc.record({ datacontenttype: fc.oneof(json, text, binary) }, { noNullPrototype: true }),
    fc.record({ data: fc.oneof(value, bytes) }, { noNullPrototype: true }),
    fc.record({ datacontenttype: json, data: value }, { noNullPrototype: true }),
    fc.record({ datacontenttype: text, data: fc.string({ unit: 'binary' }) }, { noNullPrototype: true }),
    fc.record({ datacontenttype: binary, data: bytes }, { noNullPrototype: true }),
  );
}

/** The rule of the String type, written apart from the product's: no control, no surrogate, no noncharacter. */
function isAllowed(codePoint: number): boolean {
  const isControl = codePoint < 0x20 || (codePoint >= 0x7f && codePoint <= 0x9f);
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  const isNoncharacter = (codePoint >= 0xfdd0 && codePoint <= 0xfdef) || (codePoint & 0xfffe) === 0xfffe;
  return !isControl && !isSurrogate && !isNoncharacter;
}
