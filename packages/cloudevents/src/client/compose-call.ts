import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpMessage } from '../codecs/http-message';
import type { CloudEvent } from '../event/cloud-event';
import type { CallOptions } from './client';
import type { Call } from './transport';

const compress = promisify(gzip);

type Headers = Readonly<Record<string, string>>;

export interface ComposeOptions {
  readonly timeoutMs: number;
  /** Sent with each request; a function is asked each time, for example for the bearer token of the moment. */
  readonly headers?: Headers | (() => Headers) | undefined;
  /** Bodies of more bytes than this travel as `content-encoding: gzip`. */
  readonly gzipAboveBytes?: number | undefined;
  /**
   * Makes the headers of a signature. The message is what the receiver sees after it has undone the compression; of a
   * batch, `event` is only an id of the request.
   */
  readonly sign?: ((message: HttpMessage, event: Pick<CloudEvent, 'id'>) => Headers) | undefined;
}

/** What is to travel, before headers of the client and of the call are put to it. */
export interface Parcel {
  readonly message: HttpMessage;
  readonly event: Pick<CloudEvent, 'id'>;
  /** Headers that only this kind of request has. */
  readonly headers?: Headers | undefined;
  readonly traceparent?: string | undefined;
}

/**
 * Makes the one POST that carries a message, at once unless it has to be compressed. What carries the event wins over
 * headers of the same name.
 */
export function composeCall(
  { message, event, headers, traceparent }: Parcel,
  call: CallOptions,
  { headers: common, timeoutMs, gzipAboveBytes = Infinity, sign }: ComposeOptions,
): Call | Promise<Call> {
  const all = {
    ...lowerCase(typeof common === 'function' ? common() : common),
    ...lowerCase(call.headers),
    ...headers,
    ...(traceparent !== undefined && { traceparent }),
    ...message.headers,
    ...sign?.(message, event),
  };
  const { body } = message;
  const plain = { headers: all, body, timeoutMs: call.timeoutMs ?? timeoutMs, signal: call.signal };
  const isLong = gzipAboveBytes !== Infinity && Buffer.byteLength(body) > gzipAboveBytes;
  return isLong ? compressCall(plain) : plain;
}

async function compressCall(call: Call): Promise<Call> {
  const headers = { ...call.headers, 'content-encoding': 'gzip' };
  return { ...call, headers, body: await compress(call.body) };
}

/** So that a header of the same name takes the place of another, in whichever case it is written. */
function lowerCase(headers: Headers | undefined): Headers | undefined {
  return (
    headers && Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  );
}
