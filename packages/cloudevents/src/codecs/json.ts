import type { CloudEvent } from '../event/cloud-event';
import {
  assertEvent,
  findEventProblems,
  InvalidEventError,
  isRecord,
  isValidEvent,
  maxProblems,
  type EventProblem,
} from '../event/validate-event';
import { parseJson } from './parse-json';

/** Media type of one event in the JSON format (§3). */
export const eventMediaType = 'application/cloudevents+json';

/** Media type of several events in the JSON batch format (§4.2). */
export const batchMediaType = 'application/cloudevents-batch+json';

/**
 * Writes one event in the JSON format 1.0.2; bytes become `data_base64` (§3.1.1). The event is trusted: validate it
 * before.
 *
 * @throws InvalidEventError when JSON cannot hold its data
 */
export function encodeJson(event: CloudEvent): string {
  return stringifyJson(toJsonLayout(event));
}

/** Writes several events as one JSON array (§4), each like `encodeJson`. */
export function encodeJsonBatch(events: readonly CloudEvent[]): string {
  return stringifyJson(events.map(toJsonLayout));
}

/** Reads one event in the JSON format from UTF-8 or text; throws `InvalidEventError` when it is not a valid one. */
export function decodeJson(json: Uint8Array | string): CloudEvent {
  return fromJson(parseJson(json, 'event'));
}

/** Reads a JSON array of events; throws `InvalidEventError` with the index in each problem, `[3].source`. */
export function decodeJsonBatch(json: Uint8Array | string): readonly CloudEvent[] {
  return fromJsonBatch(parseJson(json, 'batch'));
}

/**
 * The event that an already parsed JSON value stands for. The value is the event itself when the two do not differ, so
 * it must not be changed afterwards.
 */
export function fromJson(value: unknown): CloudEvent {
  // what differs in memory is not valid as it is
  if (isValidEvent(value)) return value;
  const event = isRecord(value) && differsInMemory(value) ? toMemoryLayout(value) : value;
  assertEvent(event);
  return event;
}

/** The events that an already parsed JSON array stands for; like `fromJson`. */
export function fromJsonBatch(value: unknown): readonly CloudEvent[] {
  if (!Array.isArray(value)) {
    throw new InvalidEventError([{ attribute: 'batch', reason: 'must be an array of events' }]);
  }
  const events: CloudEvent[] = [];
  const problems: EventProblem[] = [];
  for (let index = 0; index < value.length && problems.length < maxProblems; index += 1) {
    try {
      events.push(fromJson(value[index]));
    } catch (error) {
      if (!(error instanceof InvalidEventError)) throw error;
      for (const { attribute, reason } of error.problems) {
        problems.push({ attribute: `[${index}].${attribute}`, reason });
      }
    }
  }
  if (problems.length > 0) throw new InvalidEventError(problems);
  return events;
}

/** JSON of a value that is data, or an event with data; throws `InvalidEventError` when JSON cannot hold it. */
export function stringifyJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new InvalidEventError([{ attribute: 'data', reason: 'must be a value that JSON can hold' }], {
      cause,
    });
  }
}

function toJsonLayout(event: CloudEvent): object {
  if (!(event.data instanceof Uint8Array)) return event;
  const { data, ...attributes } = event;
  return { ...attributes, data_base64: toBase64(data) };
}

function differsInMemory(json: Record<string, unknown>): boolean {
  for (const name in json) {
    if ((json[name] === null && name !== 'data') || name === 'data_base64') return true;
  }
  return false;
}

/** Leaves out what is null (§2.2), and turns `data_base64` into bytes (§3.1.2). */
function toMemoryLayout({ data_base64: base64, ...event }: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(event)) {
    if (event[name] === null && name !== 'data') Reflect.deleteProperty(event, name);
  }
  if (base64 === undefined || base64 === null) return event;
  const data = 'data' in event ? undefined : fromBase64(base64);
  if (data !== undefined) return { ...event, data };
  const reason = 'data' in event ? 'must not stand beside data' : 'must be Base64 (RFC 4648 §4) with padding';
  throw new InvalidEventError([{ attribute: 'data_base64', reason }, ...findEventProblems(event)]);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Node skips what is no Base64, so only a text that comes out again as it went in is taken. */
function fromBase64(base64: unknown): Uint8Array | undefined {
  if (typeof base64 !== 'string') return undefined;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) return undefined;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
