import type { CloudEvent } from './cloud-event';
import { completeAttributes, type CreateEventOptions } from './create-event';
import { InvalidEventError, isExtension, isRecord } from './validate-event';

type Fields = Readonly<Record<string, unknown>>;

/** Where the value of an attribute comes from: the name of a field, or a function of the whole object. */
export type LegacyField = string | ((legacy: Fields) => unknown);

/** How an own event format corresponds to CloudEvents; `id` and `time` are filled in when they come from nowhere. */
export interface LegacyMapping {
  readonly type: LegacyField;
  readonly source: LegacyField;
  readonly id?: LegacyField;
  readonly time?: LegacyField;
  readonly subject?: LegacyField;
  readonly datacontenttype?: LegacyField;
  readonly dataschema?: LegacyField;
  /** The name of the field that holds the payload. */
  readonly data?: string;
}

/**
 * Makes a function that turns objects of an own format into events and loses nothing: a field that the mapping does
 * not name (a function names none) becomes an extension when its name and value fit, and a member of `data` otherwise,
 * beside those of the payload. Where that would mix two fields up, or the payload is no object, the payload keeps its
 * old name in `data`.
 *
 * The function throws `InvalidEventError` when what comes out is not a valid event.
 */
export function fromLegacy(
  mapping: LegacyMapping,
  options?: CreateEventOptions,
): (legacy: unknown) => CloudEvent {
  const { data: payloadName, ...attributeFields } = mapping;
  const mapped = new Set<unknown>(Object.values(mapping));

  return function toEvent(legacy) {
    if (!isRecord(legacy)) throw new InvalidEventError([{ attribute: 'event', reason: 'must be an object' }]);
    const unmapped = Object.entries(legacy).filter(
      ([name, value]) => !mapped.has(name) && value !== undefined,
    );
    const isFitting = ([name, value]: [string, unknown]) => isExtension(name, value);
    const candidate = {
      ...Object.fromEntries(unmapped.filter(isFitting)),
      ...readAttributes(attributeFields, legacy),
      data: joinData(legacy, payloadName, Object.fromEntries(unmapped.filter((field) => !isFitting(field)))),
    };
    return completeAttributes(candidate, options);
  };
}

function readAttributes(attributeFields: Readonly<Record<string, LegacyField>>, legacy: Fields): Fields {
  const attributes = Object.entries(attributeFields).map(([attribute, field]): [string, unknown] => {
    const value = typeof field === 'string' ? legacy[field] : field(legacy);
    return [attribute, value ?? undefined];
  });
  return Object.fromEntries(attributes);
}

function joinData(legacy: Fields, payloadName: string | undefined, others: Fields): unknown {
  const payload = payloadName === undefined ? undefined : legacy[payloadName];
  const names = Object.keys(others);
  if (names.length === 0) return payload;
  if (payloadName === undefined || payload === undefined) return others;
  if (payload instanceof Uint8Array) {
    const reason = `is bytes, which have no place for ${names.join(', ')}: map these fields`;
    throw new InvalidEventError([{ attribute: 'data', reason }]);
  }
  const canMerge = isRecord(payload) && !names.some((name) => Object.hasOwn(payload, name));
  return canMerge ? { ...payload, ...others } : { [payloadName]: payload, ...others };
}
