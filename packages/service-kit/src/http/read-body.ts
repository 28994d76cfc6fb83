import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './problem';

export const maxBodyBytes = 1024 * 1024;

/** So much more than the limit is read and thrown away, so that the client gets to see the answer; then it is cut off. */
const discardFactor = 16;

/**
 * Reads a JSON body. Undefined when there is none. Throws `HttpProblem`: 415 for another type, 413 when it is longer
 * than `limitBytes`, 400 when it is not JSON or has a field that would touch a prototype.
 */
export async function readJsonBody(request: IncomingMessage, limitBytes = maxBodyBytes): Promise<unknown> {
  const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  if (chunked === undefined && (length === undefined || length === '0')) return undefined;
  refuseOtherTypes(request);
  const text = await readText(request, limitBytes);
  return text === '' ? undefined : parseJson(text);
}

const jsonType = /^application\/(?:[\w!#$&^.-]+\+)?json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

function refuseOtherTypes({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  if (type !== 'application/json' && !jsonType.test(type ?? '')) {
    throw new HttpProblem(415, 'the body must be JSON in UTF-8, sent as application/json');
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpProblem(415, 'the body must be sent without a content encoding');
  }
}

function readText(request: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const tooLong = () => new HttpProblem(413, `the body is longer than ${limitBytes} bytes`);
    if (Number(request.headers['content-length']) > limitBytes) reject(tooLong());
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      reject(tooLong());
      if (bytes > limitBytes * discardFactor) request.destroy();
    });
    request.on('end', () => {
      const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      if (isUtf8(whole)) resolve(whole.toString());
      else reject(new HttpProblem(400, 'the body is not valid UTF-8'));
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
