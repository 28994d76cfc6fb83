import { AppError } from '@fanfare/core';
import type { CloudEvent } from '../event/cloud-event';
import type { HttpMessage, HttpMode } from './http-message';

/** The headers of a message name no media type that carries CloudEvents: what an HTTP server answers with 415. */
export class UnsupportedMediaTypeError extends AppError {
  constructor(message: string) {
    super('invalid', message);
  }
}

/** Lays out one event (HTTP protocol binding 1.0.2, §3.1 and §3.2). The event is trusted: validate it before. */
export function encodeHttp(event: CloudEvent, mode: HttpMode): HttpMessage {
  throw new AppError('internal', `not written yet: ${event.id} ${mode}`);
}

/** Lays out several events as one JSON array (§3.3). */
export function encodeHttpBatch(events: readonly CloudEvent[]): HttpMessage {
  throw new AppError('internal', `not written yet: ${events.length}`);
}

export interface DecodedHttp {
  readonly mode: HttpMode | 'batch';
  /** Each valid; one in binary and structured mode. */
  readonly events: readonly CloudEvent[];
}

/**
 * Reads what came over HTTP in whichever mode its headers say.
 *
 * @throws InvalidEventError when it is not valid (malformed JSON too), naming each attribute
 * @throws UnsupportedMediaTypeError when it is no CloudEvent at all
 */
export function decodeHttp(headers: HttpMessage['headers'], body: Uint8Array): DecodedHttp {
  throw new AppError('internal', `not written yet: ${Object.keys(headers).length} ${body.length}`);
}
