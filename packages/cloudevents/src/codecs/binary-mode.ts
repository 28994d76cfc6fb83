import type { CloudEvent } from '../event/cloud-event';
import {
  InvalidEventError,
  assertEvent,
  findEventProblems,
  maxProblems,
  type EventProblem,
} from '../event/validate-event';
import { contentTypeOf, decodeData } from './data';

/** How a protocol writes attributes into headers, each of which it gives as a `Value`. */
export interface HeaderLayout<Value> {
  /** Before the name of an attribute. */
  readonly prefix: string;
  readonly encode: (text: string) => string;
  /** The text of a header that is there once, as it was sent. */
  readonly toText: (value: Value) => string | undefined;
  readonly decode: (text: string) => string | undefined;
  /** What a header must be that `toText` or `decode` gives `undefined` for. */
  readonly rule: string;
  /** Names that no header may have behind the prefix, and why. */
  readonly refused: ReadonlyMap<string, string>;
}

/** What is no attribute, though a header could set it. */
export const refusedNames: readonly (readonly [string, string])[] = [
  ['data', 'must not be in a header'],
  ['__proto__', 'must be named with lower-case letters a-z and digits only'],
];

/** What the headers of a message say. */
export interface ReadHeaders {
  readonly contentType: string | undefined;
  /** Whether a header has the prefix of attributes. */
  readonly hasAttributes: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly problems: readonly EventProblem[];
}

/** The value of an attribute as text (core specification, type system); `undefined` for an absent one. */
export function toCanonicalString(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The attributes of an event as headers. */
export function writeHeaders(
  event: CloudEvent,
  { prefix, encode }: Pick<HeaderLayout<never>, 'prefix' | 'encode'>,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(event)) {
    if (name === 'data' || name === 'datacontenttype') continue;
    const text = toCanonicalString(event[name]);
    if (text !== undefined) headers[prefix + name] = encode(text);
  }
  const contentType = contentTypeOf(event);
  if (contentType !== undefined) headers['content-type'] = contentType;
  return headers;
}

/** Reads headers, in whatever case their names are. */
export function readHeaders<Value>(
  headers: Readonly<Record<string, Value | undefined>>,
  { prefix, toText, decode, rule, refused }: HeaderLayout<Value>,
): ReadHeaders {
  let contentType: string | undefined;
  let hasAttributes = false;
  const attributes: Record<string, string> = {};
  const problems: EventProblem[] = [];
  for (const header of Object.keys(headers)) {
    const value = headers[header];
    if (value === undefined) continue;
    const name = header.toLowerCase();
    if (name === 'content-type') {
      contentType = toText(value);
      if (contentType === undefined) problems.push({ attribute: 'datacontenttype', reason: rule });
    } else if (name.startsWith(prefix)) {
      hasAttributes = true;
      const attribute = name.slice(prefix.length);
      const sent = toText(value);
      const isRepeated = Object.hasOwn(attributes, attribute);
      const text = sent === undefined || isRepeated ? undefined : decode(sent);
      if (text !== undefined && !refused.has(attribute)) attributes[attribute] = text;
      else problems.push({ attribute, reason: refused.get(attribute) ?? rule });
    }
  }
  return { contentType, hasAttributes, attributes, problems };
}

/**
 * The event of a message in binary mode; without a body it has no data.
 *
 * @throws InvalidEventError naming each attribute that is wrong, and the data
 */
export function toEvent(
  { attributes, problems, contentType = attributes['datacontenttype'] }: ReadHeaders,
  body: Uint8Array | string | undefined,
): CloudEvent {
  const found = [...problems];
  const event: Record<string, unknown> = attributes;
  if (contentType !== undefined) event['datacontenttype'] = contentType;
  const data = body === undefined ? undefined : readData(body, contentType, found);
  if (data !== undefined) event['data'] = data;
  if (found.length === 0) {
    assertEvent(event);
    return event;
  }
  const named = new Set(found.map(({ attribute }) => attribute));
  const others = findEventProblems(event).filter(({ attribute }) => !named.has(attribute));
  throw new InvalidEventError([...found, ...others].slice(0, maxProblems));
}

function readData(
  body: Uint8Array | string,
  contentType: string | undefined,
  problems: EventProblem[],
): unknown {
  try {
    return decodeData(body, contentType);
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
