import { isUtf8 } from 'node:buffer';
import { InvalidEventError } from '../event/validate-event';

/**
 * Reads UTF-8 or text as JSON.
 *
 * @param attribute what the text is of the event, to name it in the problem
 * @throws InvalidEventError when it is not UTF-8, or not JSON
 */
export function parseJson(json: Uint8Array | string, attribute: string): unknown {
  const text = typeof json === 'string' ? json : decodeUtf8(json, attribute);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidEventError([{ attribute, reason: 'must be well-formed JSON' }], { cause });
  }
}

/**
 * Bytes as text, to the last byte: nothing is replaced, a byte order mark stays.
 *
 * @throws InvalidEventError when they are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, attribute: string): string {
  if (!isUtf8(bytes)) throw new InvalidEventError([{ attribute, reason: 'must be UTF-8' }]);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
