import { AppError, isNestedTooDeeply, maxNesting } from '@fanfare/core';
import type { CloudEvent } from '@fanfare/cloudevents';
import { canonicalise } from './canonical-json';
import { hashData } from './chain';
import type { StoredEvent } from './commit-store';
import { lateDataHash } from './erasure-records';
import type { LogEvent } from './event-log';

/** What is stored of an event wherever it comes to stand. */
export interface EncodedEvent extends Pick<StoredEvent, 'attributes' | 'dataHash' | 'isBinary'> {
  readonly id: string;
  readonly salt: string;
  readonly data: string;
  /** Whether the data is only to be compared and hashed, and not to be stored. */
  readonly isErased: boolean;
}

/**
 * Takes a valid event apart into what the chain covers and what can be erased. Throws `invalid` for data that is no JSON,
 * or nested so deeply that a reader could fail at it.
 */
export function encodeEvent(
  { data, ...attributes }: CloudEvent,
  newSalt: () => string,
  isErased = false,
): EncodedEvent {
  const isBinary = data instanceof Uint8Array;
  const text = isBinary ? toBase64(data) : toJson(data);
  const salt = newSalt();
  return {
    id: attributes.id,
    attributes: canonicalise(attributes),
    dataHash: isErased ? lateDataHash : hashData(salt, text),
    salt,
    data: text,
    isBinary,
    isErased,
  };
}

/** Puts a stored event together again. */
export function decodeEvent(stored: StoredEvent): LogEvent {
  const { position, streamId, category, version, recordedAtMs, data } = stored;
  return {
    position,
    stream: streamId === null || category === null ? null : { id: streamId, type: category },
    version,
    recordedAt: new Date(recordedAtMs),
    event: toCloudEvent(stored),
    isErased: data === null,
  };
}

/**
 * Whether the stored event is this one: the same attributes and data. Of erased data nobody can tell, so that it is taken
 * for the same.
 */
export function hasSameContent(stored: StoredEvent, event: EncodedEvent): boolean {
  if (stored.attributes !== event.attributes || stored.isBinary !== event.isBinary) return false;
  if (stored.data === null || stored.data === event.data) return true;
  return !event.isBinary && sortMembers(stored.data) === sortMembers(event.data);
}

function sortMembers(json: string): string {
  return json === '' ? '' : canonicalise(JSON.parse(json));
}

function toBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function toJson(data: unknown): string {
  const text = data === undefined ? '' : stringify(data);
  if (!isNestedTooDeeply(text, data)) return text;
  throw new AppError('invalid', `the data is nested more deeply than ${maxNesting} levels`);
}

function stringify(data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    throw new AppError('invalid', 'the data is no JSON value', { cause });
  }
}

/** Attributes and JSON data are parsed in one go. What is stored was checked when it was appended. */
function toCloudEvent({ attributes, data, isBinary }: StoredEvent): CloudEvent {
  if (isBinary && data !== null) {
    const event = JSON.parse(attributes) as CloudEvent;
    return { ...event, data: new Uint8Array(Buffer.from(data, 'base64')) };
  }
  return JSON.parse(data ? `${attributes.slice(0, -1)},"data":${data}}` : attributes) as CloudEvent;
}
