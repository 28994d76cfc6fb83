import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { problemAnswer } from './answer';
import type { ReceiverLimits } from './receiver-options';
import { Refusal } from './refusal';

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** All addresses of the machine when it is left out. */
  readonly host?: string | undefined;
}

/** Where a server listens. */
export interface ServerAddress {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

export interface RunningServer {
  readonly address: ServerAddress;
  /** Takes no new connections, ends those without a request, and resolves when the others have their answer. */
  readonly close: () => Promise<void>;
  /** Ends all connections. */
  readonly cut: () => void;
}

/** Listens; rejects with node's own error when the address cannot be had. */
export async function listen(
  serve: RequestListener,
  { port, host }: ListenOptions,
  limits: ReceiverLimits,
): Promise<RunningServer> {
  const server = createServer(
    {
      maxHeaderSize: limits.headBytes,
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      // node looks for slow senders only this often
      connectionsCheckingInterval: Math.min(1_000, limits.headMs, limits.requestMs),
    },
    serve,
  );
  // node would leave out what is beyond, where the receiver refuses it
  server.maxHeadersCount = limits.headers + 1;
  // whatever a sender expects, it gets an answer
  server.on('checkExpectation', serve);
  server.on('clientError', answerBrokenRequest);
  const silent = trackSilentSockets(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    address: addressOf(server.address() as AddressInfo),
    close: () => closeServer(server, silent),
    cut: () => {
      server.closeAllConnections();
    },
  };
}

/** Node counts a connection on which nothing came yet as one with a request, and would wait for it. */
function trackSilentSockets(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return silent;
}

function closeServer(server: Server, silent: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    for (const socket of silent) socket.destroy();
  });
}

function addressOf({ address, family, port }: AddressInfo): ServerAddress {
  const isAny = address === '::' || address === '0.0.0.0';
  const host = isAny ? 'localhost' : address;
  return { url: `http://${family === 'IPv6' && !isAny ? `[${host}]` : host}:${port}`, host, port };
}

const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: new Refusal(431, 'the head of the request is too long'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new Refusal(413, 'the chunks of the body have too long extensions'),
  ERR_HTTP_REQUEST_TIMEOUT: new Refusal(408, 'the request took too long to arrive'),
};
const unreadable = new Refusal(400, 'the request cannot be read');

/** What is not even HTTP never becomes a request, so its answer is written by hand. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body = '' } = problemAnswer(refusals[error.code ?? ''] ?? unreadable);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body.toString()}`);
}
