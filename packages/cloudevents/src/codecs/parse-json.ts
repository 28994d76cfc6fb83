import { InvalidEventError } from '../event/validate-event';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

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
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new InvalidEventError([{ attribute, reason: 'must be UTF-8' }], { cause });
  }
}
