import {
  batchMediaType,
  decodeHttp,
  fromJson,
  InvalidEventError,
  isJsonMediaType,
  UnsupportedMediaTypeError,
  type CloudEvent,
} from '@fanfare/cloudevents';
import { createValidate, HttpProblem, parseJsonBody, type RouteRequest } from '@fanfare/service-kit';
import { z } from 'zod';
import { attributeText, eventBody, toEventParts } from './event-body';
import type { CheckEvent } from './event-check';
import { identifier } from './identifiers';
import {
  fromCloudEvent,
  fromEventParts,
  type IncomingEvent,
  type IncomingEventOptions,
} from './incoming-event';

/** One event of a request. */
export interface PostedEvent {
  /** As far as it can be told before it is read. */
  readonly id: string | null;
  /** Throws `HttpProblem` 400 with every bad field. */
  read(): IncomingEvent;
}

export interface PostedEvents {
  readonly isBatch: boolean;
  readonly events: readonly PostedEvent[];
}

type PostRequest = Pick<RouteRequest<unknown, unknown, unknown>, 'headers' | 'rawBody' | 'trace'>;

const maxBatch = 1_000;

/** What the service asks of a CloudEvent beyond its being one. */
function cloudEventBody(check: CheckEvent) {
  return z
    .looseObject({
      id: identifier,
      type: attributeText,
      source: attributeText,
      subject: attributeText.optional(),
      correlationid: attributeText.optional(),
      causationid: attributeText.optional(),
    })
    .superRefine(check, { when: () => true });
}

/**
 * Makes the reader of what is posted: an event in the JSON of the service or a list of such, or CloudEvents in any mode of
 * the HTTP binding. It throws `HttpProblem` 415 for anything else, and 400 for what is no event or list at all.
 */
export function createReadPostedEvents({
  check,
  ...deps
}: Omit<IncomingEventOptions, 'traceparent'> & { readonly check: CheckEvent }) {
  const validateBody = createValidate(eventBody({}, check), 'body');
  const validateEvent = createValidate(cloudEventBody(check), 'body');

  function readOwn(body: unknown, traceparent: string): IncomingEvent {
    const parts = toEventParts(validateBody(body));
    return refuseInvalid(() => fromEventParts(parts, { ...deps, traceparent }));
  }

  function readCloudEvent(decode: () => CloudEvent, traceparent: string): IncomingEvent {
    const event = refuseInvalid(decode);
    // what has no data is looked at like anything else
    validateEvent({ data: undefined, ...event });
    return fromCloudEvent(event, { traceparent });
  }

  return function readPostedEvents({ headers, rawBody, trace }: PostRequest): PostedEvents {
    const { traceparent } = trace;
    const type = mediaTypeOf(headers['content-type']);
    if (type === batchMediaType) {
      return toBatch(parseJsonBody(rawBody), (json) => readCloudEvent(() => fromJson(json), traceparent));
    }
    if (isOwnJson(type) && !Object.keys(headers).some((name) => name.startsWith('ce-'))) {
      const body = parseJsonBody(rawBody);
      const read = (json: unknown) => readOwn(json, traceparent);
      return Array.isArray(body) ? toBatch(body, read) : { isBatch: false, events: [toPosted(body, read)] };
    }
    const decode = () => decodeOne(headers, rawBody);
    return { isBatch: false, events: [{ id: null, read: () => readCloudEvent(decode, traceparent) }] };
  };
}

function mediaTypeOf(contentType = ''): string {
  return contentType.replace(/;.*$/s, '').trim().toLowerCase();
}

function isOwnJson(mediaType: string): boolean {
  return isJsonMediaType(mediaType) && !mediaType.startsWith('application/cloudevents');
}

function toBatch(body: unknown, read: (json: unknown) => IncomingEvent): PostedEvents {
  if (!Array.isArray(body)) throw badBody('must be an array of events');
  if (body.length > maxBatch) throw badBody(`must have at most ${maxBatch} events`);
  return { isBatch: true, events: body.map((json: unknown) => toPosted(json, read)) };
}

function badBody(message: string): HttpProblem {
  return new HttpProblem(400, 'the body does not fit', { errors: [{ field: 'body', message }] });
}

function toPosted(json: unknown, read: (json: unknown) => IncomingEvent): PostedEvent {
  const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : null;
  return { id: typeof id === 'string' ? id : null, read: () => read(json) };
}

function decodeOne(headers: PostRequest['headers'], body: Buffer): CloudEvent {
  try {
    const [event] = decodeHttp(headers, body).events;
    if (event) return event;
    throw badBody('must be an event');
  } catch (error) {
    if (error instanceof UnsupportedMediaTypeError) throw new HttpProblem(415, error.message);
    throw error;
  }
}

/** Throws what is no valid CloudEvent as a problem that names each attribute. */
function refuseInvalid<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    const errors = error.problems.map(({ attribute, reason }) => ({ field: attribute, message: reason }));
    throw new HttpProblem(400, 'the event is not valid', { errors });
  }
}
