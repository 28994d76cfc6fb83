import { findEventDefinition, parseCloudEvent, type CloudEvent } from '@fanfare/contracts';
import { isNestedTooDeeply, maxNesting, toError, type Span } from '@fanfare/core';
import { ZodError } from 'zod';
import type { Delivery } from '../bus/message-bus';
import { maxEventsPerRow } from './batch-limits';

export const singleEventType = 'application/cloudevents+json';
export const eventBatchType = 'application/cloudevents-batch+json';

/** One event of a delivery, or what could not be read as one. */
export type Incoming = IncomingEvent | Malformed;

export interface IncomingEvent {
  readonly kind: 'event';
  /** Place in the topic log; undefined for an event of a foreign producer. */
  readonly sequence: number | undefined;
  /** How many sequences it takes up: always 1. */
  readonly span: 1;
  readonly event: CloudEvent;
  /** Of the attempt to apply it; undefined unless traces are on. */
  readonly attempt?: Span | undefined;
}

export interface Malformed {
  readonly kind: 'malformed';
  readonly sequence: number | undefined;
  /** Bytes that cannot be taken apart stand for as many events as the message said it holds. */
  readonly span: number;
  readonly body: Buffer;
  readonly contentType: string;
  readonly reason: string;
}

/** Takes a message apart into its events, each checked against the catalogue. Never throws. */
export function decodeDelivery(delivery: Delivery): Incoming[] {
  const { body, sequence, count } = delivery;
  let parsed: unknown;
  try {
    parsed = parseJson(body.toString('utf8'));
  } catch (error) {
    return [cannotBeTakenApart(delivery, `not JSON: ${toError(error).message}`)];
  }
  if (!Array.isArray(parsed)) return [decodeEvent(parsed, sequence, body)];
  if (sequence !== undefined && parsed.length !== count) {
    const reason = `a batch of ${parsed.length} events that says it holds ${count}`;
    return [cannotBeTakenApart(delivery, reason)];
  }
  return parsed.map((item: unknown, index) =>
    decodeEvent(item, sequence === undefined ? undefined : sequence + index),
  );
}

/** Who says that it holds more than the relay ever sends is not believed about the sequence either: the feed has what stands there. */
function cannotBeTakenApart({ body, contentType, sequence, count }: Delivery, reason: string): Malformed {
  const claim = count > maxEventsPerRow ? { sequence: undefined, span: 1 } : { sequence, span: count };
  return { kind: 'malformed', ...claim, body, contentType, reason };
}

/** What nobody could write again could not even be kept as a dead letter. */
function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (isNestedTooDeeply(text, value)) throw new Error(`nested more deeply than ${maxNesting} levels`);
  return value;
}

/** Checks one event in its JSON form; `body` is given when its bytes are known, else they are made from it. */
export function decodeEvent(json: unknown, sequence: number | undefined, body?: Buffer): Incoming {
  try {
    const event = parseCloudEvent(json);
    const definition = findEventDefinition(event.type);
    if (!definition) throw new Error(`unknown event type ${event.type}`);
    definition.parseData(event.data);
    return { kind: 'event', sequence, span: 1, event };
  } catch (error) {
    return {
      kind: 'malformed',
      sequence,
      span: 1,
      body: body ?? Buffer.from(JSON.stringify(json)),
      contentType: singleEventType,
      reason: describeRefusal(error),
    };
  }
}

function describeRefusal(error: unknown): string {
  if (!(error instanceof ZodError)) return toError(error).message;
  const faults = error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`);
  return `not a valid event: ${faults.join('; ')}`;
}
