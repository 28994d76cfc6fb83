import { InvalidEventError } from '../event/validate-event';
import { decodeUtf8 } from './parse-json';

interface OneByteCharset {
  readonly name: string;
  /** Finds a character that the charset lacks. */
  readonly missing: RegExp;
}

const ascii: OneByteCharset = { name: 'US-ASCII', missing: /[\u0080-\uffff]/ };
const latin1: OneByteCharset = { name: 'ISO-8859-1', missing: /[\u0100-\uffff]/ };
const oneByteCharsets: ReadonlyMap<string, OneByteCharset> = new Map([
  ['us-ascii', ascii],
  ['ascii', ascii],
  ['iso-8859-1', latin1],
  ['latin1', latin1],
]);

/**
 * Bytes as text in their charset; `undefined` when that is not known here. What is text already stays as it is.
 *
 * @param attribute what the text is of the event, to name it in the problem
 * @throws InvalidEventError when the bytes are not in that charset
 */
export function decodeText(
  body: Uint8Array | string,
  charset: string,
  attribute: string,
): string | undefined {
  if (typeof body === 'string') return body;
  if (isUtf8(charset)) return decodeUtf8(body, attribute);
  const oneByte = oneByteCharsets.get(charset);
  return oneByte && checkCharset(viewAsBuffer(body).toString('latin1'), oneByte, attribute);
}

/**
 * Text of data as bytes in a charset; a string stands for its UTF-8.
 *
 * @throws InvalidEventError when the charset lacks a character of the text, or is not known here
 */
export function encodeText(text: string, charset: string): Uint8Array | string {
  if (isUtf8(charset)) return text;
  const oneByte = oneByteCharsets.get(charset);
  if (oneByte) return Buffer.from(checkCharset(text, oneByte, 'data'), 'latin1');
  const reason = 'must name the charset UTF-8, US-ASCII or ISO-8859-1, or data must be a Uint8Array';
  throw new InvalidEventError([{ attribute: 'datacontenttype', reason }]);
}

/** The same bytes as a `Buffer`, not a copy. */
export function viewAsBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isUtf8(charset: string): boolean {
  return charset === 'utf-8' || charset === 'utf8';
}

function checkCharset(text: string, { name, missing }: OneByteCharset, attribute: string): string {
  if (missing.test(text)) throw new InvalidEventError([{ attribute, reason: `must be ${name}` }]);
  return text;
}
