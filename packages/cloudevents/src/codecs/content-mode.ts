import { AppError } from '@fanfare/core';
import { decodeText } from './charset';
import { parseContentType } from './content-type';
import { batchMediaType, eventMediaType } from './json';

/** The headers of a message name no media type that carries CloudEvents: what an HTTP server answers with 415. */
export class UnsupportedMediaTypeError extends AppError {
  constructor(message: string) {
    super('invalid', message);
  }
}

/** How events are laid out in a message; `batch` is several in one body. */
export type ContentMode = 'binary' | 'structured' | 'batch';

const anyFormat = /^application\/cloudevents/i;

/**
 * The content mode by the media type (HTTP binding §3, Kafka binding §3): binary unless it is one of CloudEvents.
 *
 * @throws UnsupportedMediaTypeError when it is of CloudEvents, but of a format other than JSON
 */
export function detectMode(contentType: string | undefined): ContentMode {
  if (contentType === undefined || !anyFormat.test(contentType)) return 'binary';
  const { mediaType } = parseContentType(contentType);
  if (mediaType === eventMediaType) return 'structured';
  if (mediaType === batchMediaType) return 'batch';
  throw new UnsupportedMediaTypeError(
    `events that are one document are taken as ${eventMediaType} or ${batchMediaType}`,
  );
}

/**
 * The text of an event, or of a batch, in the JSON format.
 *
 * @throws UnsupportedMediaTypeError when it is in a charset that is not known here
 */
export function readFormat(
  body: Uint8Array | string,
  contentType: string,
  attribute: 'event' | 'batch',
): string {
  const text = decodeText(body, parseContentType(contentType).charset, attribute);
  if (text === undefined) throw new UnsupportedMediaTypeError('events in JSON are taken in UTF-8');
  return text;
}
