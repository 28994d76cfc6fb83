import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '@fanfare/core';

/** How long slow clients are waited for; then their connection is closed. */
export interface ServerTimeouts {
  /** For the head of a request. */
  readonly headersMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** For the next request on a connection. */
  readonly keepAliveMs: number;
}

export const defaultTimeouts: ServerTimeouts = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 60_000 };

export interface HttpServer {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  /**
   * Takes no new connections, waits up to `graceMs` for requests under way, then cuts what is left. Idempotent.
   */
  close(clock: Clock, graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly serve: RequestListener;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly timeouts?: ServerTimeouts;
}

/** Listens; rejects with node's own error when the address cannot be had. */
export async function listen({
  serve,
  host,
  port,
  timeouts = defaultTimeouts,
}: ListenOptions): Promise<HttpServer> {
  const { headersMs, requestMs, keepAliveMs } = timeouts;
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      // node looks for slow clients only this often
      connectionsCheckingInterval: Math.min(1_000, headersMs),
    },
    serve,
  );
  server.on('clientError', answerBrokenRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { url: urlOf(server.address() as AddressInfo), close: createClose(server) };
}

function createClose(server: Server): HttpServer['close'] {
  let closed: Promise<void> | undefined;
  return (clock, graceMs) => {
    closed ??= new Promise((resolve) => {
      const grace = clock.setTimer(graceMs, () => {
        server.closeAllConnections();
      });
      server.close(() => {
        grace.cancel();
        resolve();
      });
    });
    return closed;
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

const statusOfError: Readonly<Record<string, readonly [status: number, title: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

/** What is not even HTTP never becomes a request, so its answer is written by hand. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, title] = statusOfError[error.code ?? ''] ?? [400, 'Bad Request'];
  const detail = status === 408 ? 'the request took too long to arrive' : 'the request cannot be read';
  const body = JSON.stringify({
    type: 'about:blank',
    title,
    status,
    detail,
    instance: '',
    error: detail,
    request_id: '',
  });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
