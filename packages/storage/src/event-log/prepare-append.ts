import { AppError } from '@fanfare/core';
import { assertEvent } from '@fanfare/cloudevents';
import { encodeEvent, type EncodedEvent } from './encode-event';
import type { AppendRequest, ExpectedVersion, StreamAppend, StreamName } from './event-log';

/** An append that is right in itself and encoded; whether it can take place depends on the log. */
export interface PreparedAppend {
  readonly appends: readonly {
    readonly stream: StreamName | null;
    readonly expected: ExpectedVersion;
    readonly events: readonly EncodedEvent[];
  }[];
  readonly checks: readonly { readonly streamId: string; readonly expected: ExpectedVersion }[];
  readonly cursors: Readonly<Record<string, number>>;
  readonly eventCount: number;
  readonly bytes: number;
}

const maxEvents = 5_000;
/** A commit fits into one MongoDB document of 16 MiB with what else stands in it. */
export const maxBytes = 12 * 1024 * 1024;
/** Sealing makes four bytes of three. */
export const maxSealedBytes = (maxBytes * 3) / 4;
const maxNameLength = 1_000;
const nothing: ReadonlySet<string> = new Set();
const forbiddenInNames = /[\p{Cc}\p{Cs}]/u;

/** Checks and encodes a request. Throws `invalid`. */
export function prepareAppend(
  request: AppendRequest,
  newSalt: () => string,
  byteLimit = maxBytes,
): PreparedAppend {
  const { appends, checks = [], cursors = {}, erased = nothing } = request;
  for (const append of appends) assertAppend(append);
  for (const { streamId, expected } of checks) assertExpectation(streamId, expected);
  for (const [name, value] of Object.entries(cursors)) assertCursor(name, value);
  assertDistinct(
    'stream',
    appends.flatMap(({ stream }) => stream?.id ?? []),
  );
  const events = appends.flatMap((append) => append.events);
  if (events.length > maxEvents) refuse(`an append has at most ${maxEvents} events`);
  for (const event of events) assertEvent(event);
  assertDistinct(
    'event id',
    events.map(({ id }) => id),
  );
  const encoded = appends.map((append) => ({
    ...append,
    events: append.events.map((event) => encodeEvent(event, newSalt, erased.has(event.id))),
  }));
  const bytes = countBytes(encoded);
  if (bytes > byteLimit) refuse(`the events of an append have at most ${byteLimit} bytes`);
  return { appends: encoded, checks, cursors, eventCount: events.length, bytes };
}

function countBytes(appends: PreparedAppend['appends']): number {
  let bytes = 0;
  for (const { events } of appends) {
    for (const { attributes, data } of events) {
      bytes += Buffer.byteLength(attributes) + Buffer.byteLength(data);
    }
  }
  return bytes;
}

function assertAppend({ stream, expected, events }: StreamAppend): void {
  if (events.length === 0) refuse('an append to a stream has an event');
  if (stream) {
    assertExpectation(stream.id, expected);
    assertName('the type of a stream', stream.type);
  } else if (expected !== 'any') {
    refuse('events without a stream have no expected version');
  }
}

function assertExpectation(streamId: string, expected: ExpectedVersion): void {
  assertName('the id of a stream', streamId);
  if (typeof expected === 'number') assertCount('an expected version', expected);
}

function assertCursor(name: string, value: number): void {
  assertName('the name of a cursor', name);
  assertCount('a cursor', value);
}

function assertCount(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) refuse(`${what} is a whole number from 0`);
}

function assertName(what: string, name: string): void {
  if (name === '' || name.length > maxNameLength || forbiddenInNames.test(name)) {
    refuse(`${what} has 1 to ${maxNameLength} characters and no control characters`);
  }
}

function assertDistinct(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) refuse(`the ${what} ${name} occurs twice`);
    seen.add(name);
  }
}

function refuse(message: string): never {
  throw new AppError('invalid', message);
}
