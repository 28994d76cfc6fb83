import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { Refusal } from './refusal';

const unzipAll = promisify(unzip);
const contentEncodings = /^(?:gzip|x-gzip|deflate)$/i;

/** Reads a body and undoes its content encoding. Both the bytes that came and the decoded ones count against the limit. */
export function readBody(
  request: IncomingMessage,
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
): Promise<Uint8Array> {
  if (request.readableDidRead) return Promise.resolve(takeParsedBody(request, maxBytes));
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return collect(request, maxBytes);
  if (!contentEncodings.test(encoding)) {
    throw new Refusal(415, 'the content encoding must be gzip, deflate or identity', {
      headers: { 'accept-encoding': 'gzip, deflate, identity' },
    });
  }
  return inflate(request, maxBytes);
}

function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    if (Number(request.headers['content-length']) > maxBytes) reject(tooLong(maxBytes));
    // what is beyond the limit is read on and thrown away, so that the sender gets to see the answer
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      reject(tooLong(maxBytes));
    });
    request.on('end', () => {
      const [only] = chunks;
      resolve(only && chunks.length === 1 ? only : Buffer.concat(chunks));
    });
    request.on('error', () => {
      reject(new Refusal(400, 'the request was cut off'));
    });
  });
}

async function inflate(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const body = await collect(request, maxBytes);
  try {
    return await unzipAll(body, { maxOutputLength: maxBytes });
  } catch (error) {
    throw isTooLarge(error)
      ? tooLong(maxBytes)
      : new Refusal(400, 'the body is not in the content encoding that it claims');
  }
}

function isTooLarge(error: unknown): boolean {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLong(maxBytes: number): Refusal {
  return new Refusal(413, `the body is longer than ${maxBytes} bytes`);
}

/** What a body parser in front of the receiver has left, already decoded. */
function takeParsedBody(
  request: IncomingMessage & { readonly body?: unknown },
  maxBytes: number,
): Uint8Array {
  const { body } = request;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new Refusal(
      500,
      "the body was parsed before it came to the receiver: mount it before body parsers, or behind express.raw({ type: '*/*' })",
    );
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes.length > maxBytes) throw tooLong(maxBytes);
  return bytes;
}
