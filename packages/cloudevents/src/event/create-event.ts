import { createIdGenerator, createSystemClock, type Clock } from '@fanfare/core';
import type { CloudEvent } from './cloud-event';
import { assertEvent } from './validate-event';

/** What a producer has to say about an event, and what it may say instead of having it filled in. */
export interface NewEvent<Data = unknown> {
  readonly type: string;
  readonly source: string;
  /** A new UUIDv7 when absent. */
  readonly id?: string | undefined;
  /** RFC 3339; now when absent. */
  readonly time?: string | undefined;
  readonly subject?: string | undefined;
  /** When absent, `application/octet-stream` for a `Uint8Array`, and `application/json` for all other data. */
  readonly datacontenttype?: string | undefined;
  readonly dataschema?: string | undefined;
  readonly data?: Data | undefined;
  readonly [extension: string]: unknown;
}

/** Where `time` and `id` come from when they are filled in: the machine's clock and UUIDv7 unless told otherwise. */
export interface CreateEventOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly newId?: () => string;
}

const systemClock = createSystemClock();
const newUuid = createIdGenerator(systemClock);

/**
 * Makes a valid event that can be sent as it is: what was left out is filled in. The result is a new frozen object
 * around the `data` that was given. A string is a JSON value like any other unless `datacontenttype` says otherwise:
 * with `text/plain` it is text.
 *
 * @throws InvalidEventError naming each attribute that is wrong
 */
export function createEvent<Data>(
  attributes: NewEvent<Data>,
  options?: CreateEventOptions,
): CloudEvent<Data> {
  return completeAttributes(attributes, options);
}

/** `createEvent` for attributes of which nothing is known. */
export function completeAttributes<Attributes extends Readonly<Record<string, unknown>>>(
  attributes: Attributes,
  options?: CreateEventOptions,
): Attributes & CloudEvent {
  return Object.freeze(fillIn(attributes, options));
}

/** The same without freezing it, for an event that nobody else gets to see before it is sent. */
export function fillIn<Attributes extends Readonly<Record<string, unknown>>>(
  attributes: Attributes,
  { clock = systemClock, newId = newUuid }: CreateEventOptions = {},
): Attributes & CloudEvent {
  const { id = newId(), time = toTimestamp(clock.now()), data, datacontenttype } = attributes;
  const event = { specversion: '1.0', ...attributes, id, time };
  const completed =
    datacontenttype === undefined && data !== undefined
      ? { ...event, datacontenttype: contentTypeOf(data) }
      : event;
  assertEvent(completed);
  return completed;
}

let lastTime = { ms: NaN, text: '' };

/** The events of a batch mostly begin in the same millisecond, whose text is therefore kept. */
function toTimestamp(time: Date): string {
  const ms = time.getTime();
  if (lastTime.ms !== ms) lastTime = { ms, text: time.toISOString() };
  return lastTime.text;
}

function contentTypeOf(data: unknown): string {
  return data instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
}
