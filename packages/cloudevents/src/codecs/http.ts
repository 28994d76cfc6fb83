import type { CloudEvent } from '../event/cloud-event';
import { readHeaders, refusedNames, toEvent, writeHeaders, type HeaderLayout } from './binary-mode';
import { UnsupportedMediaTypeError, detectMode, readFormat, type ContentMode } from './content-mode';
import { encodeData } from './data';
import { decodeHeaderValue, encodeHeaderValue } from './header-value';
import type { HttpHeaders, HttpMessage, HttpMode } from './http-message';
import {
  batchMediaType,
  decodeJson,
  decodeJsonBatch,
  encodeJson,
  encodeJsonBatch,
  eventMediaType,
} from './json';

export { UnsupportedMediaTypeError };

const layout: HeaderLayout<string | readonly string[]> = {
  prefix: 'ce-',
  encode: encodeHeaderValue,
  toText: (value) => (typeof value === 'string' ? value : value.length === 1 ? value[0] : undefined),
  decode: decodeHeaderValue,
  rule: 'must be one header of printable ASCII, with UTF-8 percent-encoded',
  refused: new Map([...refusedNames, ['datacontenttype', 'must be in the Content-Type header']]),
};

/**
 * Lays out one event (HTTP protocol binding 1.0.2, §3.1 and §3.2). The event is trusted: validate it before.
 *
 * HTTP has no types of attributes and tells no data from empty data. What is decoded from binary mode therefore differs
 * from what was encoded in this: extensions are strings, `true` and `7` too; JSON data has a `datacontenttype`; and an
 * empty body is empty data when it has a type other than JSON, else no data. In structured mode nothing differs.
 *
 * @throws InvalidEventError when JSON, or the charset of `datacontenttype`, cannot hold the data
 */
export function encodeHttp(event: CloudEvent, mode: HttpMode): HttpMessage {
  return mode === 'structured'
    ? { headers: { 'content-type': eventMediaType }, body: encodeJson(event) }
    : { headers: writeHeaders(event, layout), body: encodeData(event) ?? '' };
}

/** Lays out several events as one JSON array (§3.3). */
export function encodeHttpBatch(events: readonly CloudEvent[]): HttpMessage {
  return { headers: { 'content-type': batchMediaType }, body: encodeJsonBatch(events) };
}

export interface DecodedHttp {
  readonly mode: ContentMode;
  /** Each valid; one in binary and structured mode. */
  readonly events: readonly CloudEvent[];
}

/**
 * Reads what came over HTTP in whichever mode its headers say.
 *
 * @throws InvalidEventError when it is not valid (malformed JSON too), naming each attribute
 * @throws UnsupportedMediaTypeError when it is no CloudEvent at all
 */
export function decodeHttp(headers: HttpHeaders, body: Uint8Array | string): DecodedHttp {
  const read = readHeaders(headers, layout);
  const { contentType = '', hasAttributes } = read;
  const mode = detectMode(contentType);
  switch (mode) {
    case 'structured':
      return { mode, events: [decodeJson(readFormat(body, contentType, 'event'))] };
    case 'batch':
      return { mode, events: decodeJsonBatch(readFormat(body, contentType, 'batch')) };
    case 'binary': {
      if (!hasAttributes)
        throw new UnsupportedMediaTypeError('neither a type of CloudEvents nor ce- headers');
      const isEmpty = read.contentType === undefined && body.length === 0;
      return { mode, events: [toEvent(read, isEmpty ? undefined : body)] };
    }
  }
}
