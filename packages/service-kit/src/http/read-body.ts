import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { isNestedTooDeeply, maxNesting } from '@fanfare/core';
import { HttpProblem } from './problem';

/** So much more than the limit is read and thrown away, so that the client gets to see the answer; then it is cut off. */
const discardFactor = 16;

/**
 * Reads a JSON body. Undefined when there is none. Throws `HttpProblem`: 415 for another type, and what `parseJsonBody` and
 * `readRawBody` throw.
 */
export async function readJsonBody(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  refuseOtherTypes(request);
  return parseJsonBody(await readBytes(request, limitBytes));
}

/**
 * The JSON value that the bytes of a body are. Undefined when there are none. Throws `HttpProblem` 400 when they are not
 * JSON in UTF-8, are nested too deeply or have a field that would touch a prototype.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new HttpProblem(400, 'the body is not valid UTF-8');
  return bytes.length === 0 ? undefined : parseJson(bytes.toString());
}

/**
 * Reads a body of any type. Empty when there is none. Throws `HttpProblem`: 413 when it is longer than `limitBytes`, as
 * it came or inflated; 415 for another content encoding than gzip, 400 when it is not what the encoding says.
 */
export async function readRawBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return hasBody(request) ? readBytes(request, limitBytes) : noBytes;
}

export const noBytes = Buffer.alloc(0);

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': chunked } = headers;
  return chunked !== undefined || (length !== undefined && length !== '0');
}

const jsonType = /^application\/(?:[\w!#$&^.-]+\+)?json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

function refuseOtherTypes({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  if (type !== 'application/json' && !jsonType.test(type ?? '')) {
    throw new HttpProblem(415, 'the body must be JSON in UTF-8, sent as application/json');
  }
}

function readBytes(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return collect(request, limitBytes);
  if (/^(?:x-)?gzip$/i.test(encoding)) return inflate(request, limitBytes);
  throw new HttpProblem(415, 'the body must be sent without a content encoding, or with gzip', {
    headers: { 'accept-encoding': 'gzip, identity' },
  });
}

const gunzipAll = promisify(gunzip);

async function inflate(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const compressed = await collect(request, limitBytes);
  if (compressed.length === 0) return compressed;
  try {
    return await gunzipAll(compressed, { maxOutputLength: limitBytes });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(limitBytes);
    throw new HttpProblem(400, 'the body is not valid gzip');
  }
}

function tooLong(limitBytes: number): HttpProblem {
  return new HttpProblem(413, `the body is longer than ${limitBytes} bytes`);
}

function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    if (Number(request.headers['content-length']) > limitBytes) reject(tooLong(limitBytes));
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      reject(tooLong(limitBytes));
      if (bytes > limitBytes * discardFactor) request.destroy();
    });
    request.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('error', () => {
      reject(new HttpProblem(400, 'the request was cut off'));
    });
  });
}

function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HttpProblem(400, `the body is not valid JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (isNestedTooDeeply(text, value)) {
    throw new HttpProblem(400, `the body is nested more deeply than ${maxNesting} levels`);
  }
  // looking at every key costs more than parsing, so only suspicious texts are looked at
  if (text.includes('__proto__') || text.includes('"constructor"') || text.includes('\\u'))
    refusePrototypes(value);
  return value;
}

/** Refuses keys that could change a prototype when someone copies the object. Not recursive: the input chooses the depth. */
function refusePrototypes(root: unknown): void {
  const toVisit = [root];
  for (let value = toVisit.pop(); value !== undefined; value = toVisit.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      if (key === '__proto__' || (key === 'constructor' && isObjectWith(child, 'prototype'))) {
        throw new HttpProblem(400, 'the body has a field that is not known', {
          errors: [{ field: key, message: 'is not a known field' }],
        });
      }
      toVisit.push(child);
    }
  }
}

function isObjectWith(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}
