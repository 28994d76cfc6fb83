import type { Duplex } from 'node:stream';
import { problemReply, type HttpProblem } from './problem';
import { securityHeaders } from './security-headers';

const nowhere = { url: '', requestId: '' };

/** Answers by hand on a connection that node has let go of, because what came on it is no request to it, and ends it. */
export function endWithProblem(socket: Duplex, problem: HttpProblem, request = nowhere): void {
  const { status, headers, body } = problemReply(problem, request);
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...(request.requestId !== '' && { 'x-request-id': request.requestId }),
    ...securityHeaders,
    ...headers,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${body.title}\r\n${lines.join('')}\r\n${text}`);
}
