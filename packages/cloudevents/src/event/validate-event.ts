import { AppError } from '@fanfare/core';
import type { CloudEvent } from './cloud-event';
import { isJsonMediaType, isMediaType } from './media-type';
import { rememberLast } from './remember-last';
import { isTimestamp } from './rfc3339';
import { isAbsoluteUri, isUriReference } from './uri';

/** One thing that is wrong with an event: the attribute (or `data`) and why. */
export interface EventProblem {
  readonly attribute: string;
  readonly reason: string;
}

/** The input is not a valid CloudEvent. The message names each attribute and why; `problems` lists the same. */
export class InvalidEventError extends AppError {
  constructor(
    readonly problems: readonly EventProblem[],
    options?: ErrorOptions,
  ) {
    super('invalid', problems.map(({ attribute, reason }) => `${attribute}: ${reason}`).join('; '), options);
  }
}

/** No more problems than these are looked for: a hostile event must not be answered with a longer list than itself. */
export const maxProblems = 100;

const noProblems: readonly EventProblem[] = [];
const requiredAttributes = ['specversion', 'id', 'source', 'type'] as const;
const coreNames: ReadonlySet<string> = new Set([
  ...requiredAttributes,
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'data',
]);
const shownNameLength = 40;
/** Regular expressions take stack by the length of the text: this much is safe. */
const maxFormattedLength = 1_000_000;

const attributeName = /^[a-z\d]+$/;
/** Type system, String (§3.1.2): control characters, surrogates that stand alone, noncharacters. */
const forbiddenCharacter = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const jsonTypes: ReadonlySet<string> = new Set(['string', 'boolean', 'object']);
const loneSurrogate = /\p{Cs}/u;

const isText = (text: string) => !forbiddenCharacter.test(text);
// events that come together have these in common
const isType = rememberLast(isText);
const isSource = rememberLast(isUriReference);
const isTime = rememberLast(isTimestamp);

/** All that is wrong with `candidate` as a CloudEvent 1.0 in memory (the first hundred); empty when it is valid. */
export function findEventProblems(candidate: unknown): readonly EventProblem[] {
  if (!isRecord(candidate)) return [{ attribute: 'event', reason: 'must be an object' }];
  let problems = findMissing(candidate);
  for (const name in candidate) {
    const value = candidate[name];
    // in such a loop this is faster than Object.hasOwn, and than to list the names
    if (value === undefined || !Object.prototype.hasOwnProperty.call(candidate, name)) continue;
    const reason = name === 'data' ? findDataProblem(candidate) : findAttributeProblem(name, value);
    if (reason === undefined) continue;
    problems ??= [];
    if (problems.push({ attribute: shorten(name), reason }) >= maxProblems) break;
  }
  return problems ?? noProblems;
}

/** Named one by one, which is faster than a loop over their names. */
function findMissing({ specversion, id, source, type }: Record<string, unknown>): EventProblem[] | undefined {
  if (specversion !== undefined && id !== undefined && source !== undefined && type !== undefined) {
    return undefined;
  }
  const required = { specversion, id, source, type };
  return requiredAttributes
    .filter((attribute) => required[attribute] === undefined)
    .map((attribute) => ({ attribute, reason: 'is required' }));
}

/** Whether nothing is wrong with the value as an event. */
export function isValidEvent(candidate: unknown): candidate is CloudEvent {
  return findEventProblems(candidate).length === 0;
}

/** Returns when the value is a valid event; throws `InvalidEventError` naming each wrong attribute otherwise. */
export function assertEvent(candidate: unknown): asserts candidate is CloudEvent {
  const problems = findEventProblems(candidate);
  if (problems.length > 0) throw new InvalidEventError(problems);
}

/** Whether this can be an extension attribute of an event. */
export function isExtension(name: string, value: unknown): boolean {
  return !coreNames.has(name) && attributeName.test(name) && findExtensionProblem(value) === undefined;
}

/** Whether `value` is an object with members, so neither `null` nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shorten(name: string): string {
  return name.length > shownNameLength ? `${name.slice(0, shownNameLength)}…` : name;
}

function findAttributeProblem(name: string, value: unknown): string | undefined {
  switch (name) {
    case 'specversion':
      return value === '1.0' ? undefined : "must be '1.0'";
    case 'id':
    case 'subject':
      return findTextProblem(value, isText);
    case 'type':
      return findTextProblem(value, isType);
    case 'source':
      return findFormatProblem(
        value,
        isSource,
        'a URI reference (RFC 3986), like /orders or https://example.com/orders',
      );
    case 'time':
      return findFormatProblem(
        value,
        isTime,
        'an RFC 3339 time with seconds and offset, like 2018-04-05T17:31:00Z',
      );
    case 'datacontenttype':
      return findFormatProblem(value, isMediaType, 'a media type (RFC 2046), like application/json');
    case 'dataschema':
      return findFormatProblem(
        value,
        isAbsoluteUri,
        'an absolute URI without a fragment (RFC 3986 §4.3), like https://example.com/order.json',
      );
    case 'data_base64':
      return 'belongs to the JSON format only: put a Uint8Array into data';
    default:
      return attributeName.test(name)
        ? findExtensionProblem(value)
        : 'must be named with lower-case letters a-z and digits only';
  }
}

function findTextProblem(value: unknown, isAllowed: (text: string) => boolean): string | undefined {
  if (typeof value !== 'string' || value === '') return 'must be a non-empty string';
  return isAllowed(value)
    ? undefined
    : 'must be without control characters, noncharacters and lone surrogates';
}

function findFormatProblem(
  value: unknown,
  hasFormat: (text: string) => boolean,
  format: string,
): string | undefined {
  const fits =
    typeof value === 'string' && value !== '' && value.length <= maxFormattedLength && hasFormat(value);
  return fits ? undefined : `must be ${format}`;
}

function findExtensionProblem(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : findTextProblem(value, isText);
  return typeof value === 'boolean' || (typeof value === 'number' && (value | 0) === value)
    ? undefined
    : 'must be a string, a boolean or an integer of 32 bits';
}

function findDataProblem({ data, datacontenttype }: Record<string, unknown>): string | undefined {
  if (data instanceof Uint8Array) return undefined;
  if (typeof datacontenttype !== 'string' || isJsonMediaType(datacontenttype)) {
    return isJsonValue(data) ? undefined : 'must be a JSON value, or a Uint8Array';
  }
  if (typeof data !== 'string')
    return 'must be a string or a Uint8Array, because datacontenttype is not JSON';
  return loneSurrogate.test(data) ? 'must be without lone surrogates' : undefined;
}

/** Looks at the top only; what lies further down `JSON.stringify` decides. */
function isJsonValue(data: unknown): boolean {
  return typeof data === 'number' ? Number.isFinite(data) : jsonTypes.has(typeof data);
}
