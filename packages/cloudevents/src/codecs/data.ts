import type { CloudEvent } from '../event/cloud-event';
import { isJsonMediaType, isTextMediaType } from '../event/media-type';
import { decodeText, encodeText } from './charset';
import { parseContentType } from './content-type';
import { stringifyJson } from './json';
import { parseJson } from './parse-json';

/**
 * The media type that travels with the data of an event in binary mode. JSON without a `datacontenttype` gets the one
 * that it stands for (core specification, `datacontenttype`); bytes without one travel without.
 */
export function contentTypeOf({ data, datacontenttype }: CloudEvent): string | undefined {
  const isImplied = datacontenttype === undefined && data !== undefined && !(data instanceof Uint8Array);
  return isImplied ? 'application/json' : datacontenttype;
}

/**
 * The data of an event as it travels in binary mode, `undefined` when it has none: bytes as they are, JSON as text, a
 * string of another type in its charset.
 *
 * @throws InvalidEventError when JSON or the charset cannot hold it
 */
export function encodeData({ data, datacontenttype }: CloudEvent): Uint8Array | string | undefined {
  if (data === undefined || data instanceof Uint8Array) return data;
  if (datacontenttype === undefined) return stringifyJson(data);
  const isText = typeof data === 'string' && !isJsonMediaType(datacontenttype);
  return encodeText(isText ? data : stringifyJson(data), parseContentType(datacontenttype).charset);
}

/**
 * Data from the body of a message in binary mode, by its media type: JSON is parsed, text becomes a string, all other
 * is bytes: also what has no type, or a charset that is not known here. An empty body is no JSON, hence no data.
 *
 * @throws InvalidEventError when it is not what its type says
 */
export function decodeData(body: Uint8Array | string, contentType: string | undefined): unknown {
  if (contentType === undefined) return toBytes(body);
  const isJson = isJsonMediaType(contentType);
  if (isJson && body.length === 0) return undefined;
  if (!isJson && !isTextMediaType(contentType)) return toBytes(body);
  const text = decodeText(body, parseContentType(contentType).charset, 'data');
  if (text === undefined) return toBytes(body);
  return isJson ? parseJson(text, 'data') : text;
}

/** A plain `Uint8Array` of the same bytes, not a copy. */
function toBytes(body: Uint8Array | string): Uint8Array {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
