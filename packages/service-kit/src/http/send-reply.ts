import type { ServerResponse } from 'node:http';
import type { HttpRequest } from './request';
import type { Reply } from './route';

const jsonType = 'application/json; charset=utf-8';

/** Sends an answer. Returns a promise only for a stream, which resolves when it has ended. */
export function sendReply(
  response: ServerResponse,
  request: HttpRequest,
  reply: Reply,
): Promise<void> | undefined {
  if (request.isLast) response.shouldKeepAlive = false;
  if (reply.stream) return sendStream(response, request, reply, reply.stream);
  const text = reply.text ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body));
  const headers = headersOf(request, reply, text === undefined ? undefined : jsonType);
  if (text !== undefined) headers.push('content-length', String(Buffer.byteLength(text)));
  else if (reply.status !== 204 && reply.status !== 304) headers.push('content-length', '0');
  response.writeHead(reply.status, headers);
  response.end(text);
  return undefined;
}

/** One flat list, the form that node writes out with the least work. */
function headersOf(request: HttpRequest, { headers }: Reply, defaultType: string | undefined): string[] {
  const list = ['x-request-id', request.requestId, ...request.answerHeaders];
  if (request.headers['traceparent'] !== undefined) list.push('traceparent', request.span.traceparent);
  let hasType = false;
  let hasCaching = false;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    hasType ||= name.length === 12 && name.toLowerCase() === 'content-type';
    hasCaching ||= name.length === 13 && name.toLowerCase() === 'cache-control';
    list.push(name, value);
  }
  // what an API tells is for the one who asked
  if (!hasCaching) list.push('cache-control', 'no-store');
  if (!hasType && defaultType !== undefined) list.push('content-type', defaultType);
  return list;
}

/**
 * Sends piece by piece, no faster than the client reads, until the stream ends, the client has gone or the service
 * stops. A stream that fails half-way cuts the connection: the client must not take it for complete.
 */
async function sendStream(
  response: ServerResponse,
  request: HttpRequest,
  reply: Reply,
  stream: AsyncIterable<string>,
): Promise<void> {
  const { signal } = request;
  const headers = headersOf(request, reply, 'text/event-stream; charset=utf-8');
  response.writeHead(reply.status, headers);
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  const pieces = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await unlessAborted(signal, pieces.next());
      if (next === 'aborted' || next.done) break;
      if (!response.write(next.value)) await unlessAborted(signal, drained(response));
    }
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    // not awaited: a generator that is busy hears of it only at its next piece
    void pieces.return?.();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
  });
}

/**
 * Waits until the signal aborts at most. Not a race with one promise for the whole request: each race would leave behind
 * there what it had waited for, and a stream would keep all that it has sent.
 */
function unlessAborted<T>(signal: AbortSignal, wait: Promise<T>): Promise<T | 'aborted'> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      resolve('aborted');
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    wait
      .finally(() => {
        signal.removeEventListener('abort', abort);
      })
      .then(resolve, reject);
  });
}
